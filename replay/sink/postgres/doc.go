// Package postgres is the sink into a running Socket.IO cluster through PostgreSQL: it notifies as
// @socket.io/postgres-emitter does, and every server with @socket.io/postgres-adapter sends on to
// the clients of the room what it is notified of. What does not fit a notification goes into the
// adapter's table, and the notification names its row.
//
// It must not know when records are due. PostgreSQL does not tell who is listening, so that the
// Reach of a record is unknown.
//
// # What differs from the official emitter
//
// Messages name their namespace: the emitter, 0.1.1, does not, and the adapter drops such messages
// since its version 0.5. A message of exactly 8,000 bytes is not too long for the emitter, and is
// for PostgreSQL. Nothing waits for a disk: what is lost in a crash of the database, which forgets
// its notifications, would be lost anyway.
//
// # Order
//
// The adapter asks the database for a row by another connection than that which it is notified on,
// and meanwhile goes on: a message in the table arrives late, behind those that follow it.
// Therefore nothing follows it before the servers had it. They do not say so; but the database
// shows what their connections did last (pg_stat_activity): each must have read a row since. Then
// they answer a request (for the sockets of a room that is empty) which takes the same way behind
// the message, as a row of the same size, and then one more that is short. How many servers there
// are the database shows, too; where it does not, for lack of rights, they are looked for in the
// first second. Whose reading is not seen within a second, or who does not answer within ten, is
// waited for no more, and the record says so among what could not be expressed; so it does where no
// server answers at all.
package postgres
