// Package replay is the map of deltatap's engine, and holds nothing else. None of it knows
// commands, terminals or colours.
//
// What is on the wire and in files: contract (the deltas and their rules), session and
// session/convert (recordings), plan (the JSON of /api/plan), versions (which came and which did
// not), msgpack.
//
// A live server: endpoint (where, and with which token), socket, rest, follow (both as one stream
// of records), doctor (what is in the way), redisclient.
//
// A client's cache: plancache (the state machine), fold (a session through it), diff (what differs
// from the server's plan), diagnose (why; diagnose/campaign plants faults to hold it against),
// witness (what the database says).
//
// What a session holds: scan.
//
// Sessions into servers: synth (made up), fault (what goes wrong on the way), script (what is
// played), player (when), sink and the packages below it (where to).
//
// The stand-in Carebase: server, with its stores in memory and in PostgreSQL, and its cluster.
// Counts for Prometheus: metrics.
package replay
