// Package campaign is the yardstick of package diagnose: made-up worlds, in which it is known why a
// cached plan differs from the server's.
//
// A world is a [Script]: what happens at the server, on the way, in the client and in the recorder.
// It always plays alike, and leaves [Evidence], which is all that deltatap gets to see.
// [Judge] tells the truth about each difference. It plays the script again without one trouble
// after the other: a trouble is a cause where the difference would not be there without it, and the
// trouble's code is true where the code's sentence holds, too.
//
// [Random] makes a script of a seed up, and [Minimize] drops from one that fails what it can.
// [Oracle] plays all small scripts and groups them by the evidence that they leave: what is not
// true in all of a group nobody can know.
//
// The tests hold diagnose against it. One seed: go test -run Laws -campaign.seed 7 -campaign.worlds
// 1 -v; one law: -campaign.law "wrong certain: missed-delta".
//
// It must not import what it judges: plancache, fold, diff, versions and diagnose. It has a client
// and a server of its own, written from the documents. A client that shares a bug with its judge
// would agree with it.
package campaign
