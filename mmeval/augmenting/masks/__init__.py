"""Which numbers of a question can be hidden: the published rule and the improved one."""
