# Completes command lines in a real line editor of zsh, on a terminal of its own (zpty), and prints what is offered.
#
#   zsh -f complete_zsh.zsh FOLDER
#
# FOLDER/.zfunc is in $fpath, and FOLDER/script sourced after compinit; FOLDER/lines has a command line a line. Printed are, for each of them, a line
# WORD<tab>DISPLAY for each match, and `end`.
if [[ -z $SOUNDER_FOLDER ]]; then
  zmodload zsh/zpty
  export SOUNDER_FOLDER=$1 TERM=dumb
  zpty inner zsh -f -i
  # Typed ahead of the prompt, so nothing depends on when it comes.
  zpty -w inner "source ${(q)${(%):-%x}:A}"
  zpty -w -n inner $'\t'
  while zpty -r inner screen; do transcript+=$screen; done
  [[ -s $SOUNDER_FOLDER/offers ]] || print -ru2 -- $transcript
  cat $SOUNDER_FOLDER/offers
  exit
fi

# Wide enough for any description.
stty columns 1000
PROMPT=
setopt no_auto_menu
fpath+=($SOUNDER_FOLDER/.zfunc)
autoload -Uz compinit && compinit -D -u
source $SOUNDER_FOLDER/script

# As the builtin, but tells what matches.
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a __hits __shown
  local __name=${@[(i)-d]}
  if (( __name < $# )); then
    __name=${@[__name + 1]}
    [[ $__name == \(* ]] && eval "__shown=$__name" || __shown=("${(@P)__name}")
  fi
  builtin compadd -A __hits -D __shown "$@"
  local __i
  for (( __i = 1; __i <= $#__hits; __i++ )); do
    print -r -- "$__hits[__i]"$'\t'"$__shown[__i]" >> $SOUNDER_FOLDER/offers
  done
  builtin compadd "$@"
}

complete-lines() {
  local text
  for text in "${(@f)$(<$SOUNDER_FOLDER/lines)}"; do
    BUFFER=$text
    CURSOR=$#BUFFER
    zle complete-word
    print end >> $SOUNDER_FOLDER/offers
  done
  exit
}
zle -N complete-lines
bindkey '^I' complete-lines
