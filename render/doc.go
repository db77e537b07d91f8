// Package render turns results into text for people: lines of a stream, pages about a session,
// errors. It takes plain values of the engine in replay and an io.Writer; it must not know
// commands, flags, sockets or files, never computes what it shows, and never writes to the
// process's own streams. Whatever came from a server passes through Clean before it is written.
package render
