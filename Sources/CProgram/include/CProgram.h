// What swrun's own process does before Swift's runtime has started; see program.c.
#pragma once

// 1 if the file that this process is executed from can't be written through it: its mount is read-only.
int sw_program_is_protected(void);

// The descriptor of the copy of a mount that this process is executed from, to be closed by whoever has the time; or -1.
int sw_program_mount_copy(void);

// Takes back what was put into the environment for Swift's runtime, so that no hook inherits it.
void sw_program_has_started(void);
