package socket

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"sync"

	"github.com/carebase/deltatap/replay/endpoint"
)

// separator stands between the packets of a polling payload.
const separator = 0x1e

// mostGreeting bounds what comes with a greeting, in bytes: of a server that is none, anything may
// come.
const mostGreeting = 1 << 20

// pollingLink is a link over HTTP long polling: one GET after the other brings packets, POSTs take
// them away.
type pollingLink struct {
	target target
	client *http.Client
	wire   *http.Transport
	ctx    context.Context // ends with the link, and every request with it
	cancel context.CancelFunc
	hello  greeting
	first  payload // what came with the greeting
	once   sync.Once
}

// dialPolling asks for the server's greeting.
func dialPolling(ctx context.Context, t target) (link, error) {
	jar, _ := cookiejar.New(nil) // never fails; balancers in front of a cluster tell clients by cookie
	wire := endpoint.NewTransport(t.tls)
	l := &pollingLink{target: t, wire: wire, client: &http.Client{
		Transport:     wire,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	l.first, err = l.get(ctx, "")
	if err == nil {
		var greeted []byte
		greeted, l.first.packets, _ = bytes.Cut(l.first.packets, []byte{separator})
		l.hello, err = parseGreeting(greeted)
	}
	if err != nil {
		l.abort()
		return nil, dialError(ctx, err)
	}
	return l, nil
}

func (l *pollingLink) name() string       { return transportPolling }
func (l *pollingLink) greeting() greeting { return l.hello }

func (l *pollingLink) read(r receiver) error {
	r.arrived()
	if err := deliver(r, l.first); err != nil {
		return err
	}
	for {
		r.idle()
		body, err := l.poll()
		if err != nil && body.lost == 0 {
			return err
		}
		r.arrived()
		if err := errors.Join(deliver(r, body), err); err != nil {
			return err
		}
	}
}

// poll makes one GET. The server answers at its next ping at the latest.
func (l *pollingLink) poll() (payload, error) {
	ctx, cancel := context.WithTimeoutCause(l.ctx, l.hello.patience(), errSilent)
	defer cancel()
	body, err := l.get(ctx, l.hello.SID)
	if err != nil && context.Cause(ctx) == errSilent {
		err = errSilent
	}
	return body, err
}

// payload is what one answer brought: packets with separators between them.
type payload struct {
	packets []byte
	lost    int   // packets that would have made it too long
	bytes   int64 // of those
}

// deliver takes a payload apart. The receiver may keep its packets, since each payload has its own
// memory.
func deliver(r receiver, p payload) error {
	if err := deliverPackets(r, p.packets); err != nil || p.lost == 0 {
		return err
	}
	return r.unread(p.lost, p.bytes)
}

func deliverPackets(r receiver, payload []byte) error {
	for len(payload) > 0 {
		var packet []byte
		packet, payload, _ = bytes.Cut(payload, []byte{separator})
		if len(packet) == 0 {
			continue
		}
		binary := packet[0] == 'b'
		if binary {
			decoded, err := base64.StdEncoding.AppendDecode(nil, packet[1:])
			if err != nil {
				return errPacketKind
			}
			packet = decoded
		}
		if _, err := r.packet(packet[:len(packet):len(packet)], binary); err != nil {
			return err
		}
	}
	return nil
}

func (l *pollingLink) write(packets []outgoing) error {
	var payload bytes.Buffer
	for i, p := range packets {
		if i > 0 {
			payload.WriteByte(separator)
		}
		if p.binary {
			payload.WriteByte('b')
			payload.WriteString(base64.StdEncoding.EncodeToString(p.data))
			continue
		}
		payload.Write(p.data)
	}
	ctx, cancel := context.WithTimeout(l.ctx, writeWait)
	defer cancel()
	return l.post(ctx, &payload)
}

func (l *pollingLink) close() {
	ctx, cancel := context.WithTimeout(l.ctx, farewellWait)
	defer cancel()
	_ = l.post(ctx, bytes.NewBufferString(string(engineClose)))
	l.abort()
}

func (l *pollingLink) abort() {
	l.once.Do(func() {
		l.cancel()
		l.wire.CloseIdleConnections()
	})
}

func (l *pollingLink) get(ctx context.Context, sid string) (payload, error) {
	answer, err := l.do(ctx, http.MethodGet, sid, nil)
	if err != nil {
		return payload{}, err
	}
	defer answer.Body.Close()
	body, err := endpoint.OpenBody(answer)
	if err != nil {
		return payload{}, err
	}
	most := l.target.most
	if sid == "" {
		most = mostGreeting
	}
	packets, err := endpoint.ReadAll(body, answer.ContentLength, int64(most))
	_, long := errors.AsType[*endpoint.TooLargeError](err)
	switch {
	case long && sid == "":
		return payload{}, errNotEngine
	case long:
		return cutPayload(packets, most, body)
	}
	return payload{packets: packets}, err
}

// cutPayload keeps the whole packets of the first bytes of a payload, and counts the others.
func cutPayload(beginning []byte, most int, rest io.Reader) (payload, error) {
	whole := max(0, bytes.LastIndexByte(beginning[:most], separator))
	p := payload{packets: beginning[:whole:whole]}
	gone := packetCounter{packets: 1}
	_, _ = gone.Write(beginning[min(whole+1, len(beginning)):])
	_, err := io.Copy(&gone, rest)
	p.lost, p.bytes = gone.packets, gone.bytes
	return p, err
}

// packetCounter counts the packets of a payload that is written to it.
type packetCounter struct {
	packets int
	bytes   int64
}

func (c *packetCounter) Write(part []byte) (int, error) {
	c.packets += bytes.Count(part, []byte{separator})
	c.bytes += int64(len(part))
	return len(part), nil
}

func (l *pollingLink) post(ctx context.Context, payload *bytes.Buffer) error {
	answer, err := l.do(ctx, http.MethodPost, l.hello.SID, payload)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<10))
	return errors.Join(err, answer.Body.Close())
}

// do makes a request; an answer that is no 200 is an error.
func (l *pollingLink) do(ctx context.Context, method, sid string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, l.target.url(transportPolling, sid).String(), body)
	if err != nil {
		return nil, err
	}
	request.Header = l.target.header.Clone()
	request.Header.Set("Accept-Encoding", "gzip")
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	answer, err := l.client.Do(request)
	if err != nil {
		if fault := endpoint.ProxyFault(&l.target.base, err); fault != nil {
			return nil, fault
		}
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, readForwarded(answer, l.target.forwarder())
	}
	return answer, nil
}
