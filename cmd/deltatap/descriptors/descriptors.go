// Package descriptors ends the program in one line where it may not open as many files as Go's
// runtime takes for itself: without them the runtime ends it at its first timer, with the stacks of
// all goroutines.
//
// The first timers are set while packages are initialised. So this one imports nothing that sets
// one, and must be imported by main alone: its path is ahead of theirs, and packages are
// initialised in the order of their paths.
package descriptors
