// Package cluster is what the sinks into a running Socket.IO cluster share: the packet that the
// official emitters make of an event, in MessagePack and in JSON, and the queue that takes packets
// to a target in order, many at a time.
//
// It must not know how a target is reached.
//
// # Values
//
// A cluster's nodes decode what they get and encode it again for their clients, so that values and
// the order of members survive, and not the bytes: numbers become doubles there (an integer beyond
// 2^53 keeps its digits up to the node, and is rounded there), and JavaScript puts members whose
// names are array indexes first. What MessagePack or its decoders in JavaScript cannot hold at all
// is told as sink.Unfit: half a surrogate pair arrives as U+FFFD, a number beyond a double as null,
// a member named __proto__ not at all.
package cluster
