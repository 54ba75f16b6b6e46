complete --keep-order --exclusive --command mango --arguments "(COMPLETE=fish mango -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
