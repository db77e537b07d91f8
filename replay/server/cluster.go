package server

// Cluster joins servers whose clients are one audience. Package cluster is one through Redis.
type Cluster interface {
	// Start names who is handed every event that is emitted in the cluster, by this server or another:
	// to the clients in any of some rooms (none: to all) and in none of others. args are its
	// arguments, as JSON with commas between. Events to one room come one after another. It is called
	// once, first.
	Start(deliver func(rooms, except []string, event string, args []byte)) error
	// Publish emits an event to a room, and returns when it has been handed to who was named to Start:
	// in any case, and once. An error says that other servers may not have got it.
	Publish(room, event string, args []byte) error
	// Close leaves the cluster.
	Close() error
}

// arrive hands on what was emitted in the cluster. What is for one user waits, as what is emitted
// here does, for who is just coming in.
func (s *Server) arrive(rooms, except []string, event string, args []byte) {
	if len(rooms) == 1 && len(except) == 0 {
		if user, ok := userOf(rooms[0]); ok {
			if box := s.outboxes.known(user); box != nil {
				box.direct(event, args)
			}
			return
		}
	}
	s.sockets.broadcast(rooms, except, event, args)
}

func (s *Server) leave() error {
	if s.cluster == nil {
		return nil
	}
	return s.cluster.Close()
}
