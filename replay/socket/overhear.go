package socket

import "encoding/json"

// Overhear reads a Socket.IO packet that a server sent to somebody else, for who stands between the
// two. A Signal of kind 0 concerns another namespace, or nobody but the client. offsets says
// whether the server puts offsets behind the arguments of its events, as its consent told
// (recovers). The Signal's At, Transport and Attempt are left to the caller; its Args are in the
// memory of text, which is changed.
func Overhear(text []byte, offsets bool) (s Signal, recovers bool, err error) {
	p, err := parsePacket(text)
	if err != nil || p.namespace != "/" {
		return s, offsets, err
	}
	switch p.kind {
	case packetConnect:
		answer, err := parseConsent(p.payload)
		return Signal{Kind: Connected, SID: answer.SID}, answer.PID != "", err
	case packetDisconnect:
		return Signal{Kind: Disconnected, Reason: ReasonServerDisconnect}, offsets, nil
	case packetConnectError:
		refused := parseRefusal(p.payload)
		return Signal{Kind: Refused, Message: oneLine(refused.message), Data: refused.data, Auth: true}, offsets, nil
	case packetEvent, packetBinaryEvent:
		s, err = overhearEvent(p.payload, offsets)
	}
	return s, offsets, err
}

func overhearEvent(payload []byte, offsets bool) (Signal, error) {
	token, args, err := splitEvent(payload)
	if err != nil {
		return Signal{}, err
	}
	name, err := eventName(token)
	if offsets {
		args = withoutOffset(args)
	}
	return Signal{Kind: Event, Event: name, Args: args}, err
}

// OverhearClient reads a Socket.IO packet that a client sent to its server. Connected is a client
// that asks for the default namespace, with the token that it has for that; Disconnected is one
// that leaves it.
func OverhearClient(text []byte) (kind Kind, token string) {
	p, err := parsePacket(text)
	if err != nil || p.namespace != "/" {
		return 0, ""
	}
	switch p.kind {
	case packetConnect:
		var auth struct {
			Token string `json:"token"`
		}
		_ = json.Unmarshal(p.payload, &auth)
		return Connected, auth.Token
	case packetDisconnect:
		return Disconnected, ""
	}
	return 0, ""
}
