"""Carries Ethernet frames between two devices, each after a fixed delay: slow_cable.py LEFT RIGHT MILLISECONDS"""

import collections
import select
import socket
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4  # what this program has sent itself


def open_device(name):
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    device.bind((name, 0))
    return device


left, right = open_device(sys.argv[1]), open_device(sys.argv[2])
delay = float(sys.argv[3]) / 1000
other = {left: right, right: left}
under_way = collections.deque()
print("ready", flush=True)
while True:
    wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
    for device in select.select([left, right], [], [], wait)[0]:
        frame, address = device.recvfrom(65536)
        if address[2] != PACKET_OUTGOING:
            under_way.append((time.monotonic() + delay, other[device], frame))
    while under_way and under_way[0][0] <= time.monotonic():
        _, device, frame = under_way.popleft()
        device.send(frame)
