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
)

// separator stands between the packets of a polling payload.
const separator = 0x1e

// maxAnnounced is the most memory that is made ready on a server's word alone, in bytes.
const maxAnnounced = 1 << 20

// pollingLink is a link over HTTP long polling: one GET after the other brings packets, POSTs take them away.
type pollingLink struct {
	target target
	client *http.Client
	wire   *http.Transport
	ctx    context.Context // ends with the link, and every request with it
	cancel context.CancelFunc
	hello  greeting
	first  []byte // what came with the greeting
	once   sync.Once
}

// dialPolling asks for the server's greeting.
func dialPolling(ctx context.Context, t target) (link, error) {
	jar, _ := cookiejar.New(nil) // never fails; balancers in front of a cluster tell clients by cookie
	wire := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: t.tls}
	l := &pollingLink{target: t, wire: wire, client: &http.Client{
		Transport:     wire,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	body, err := l.get(ctx, "")
	if err == nil {
		greeted, rest, _ := bytes.Cut(body, []byte{separator})
		l.hello, err = parseGreeting(greeted)
		l.first = rest
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
		if err != nil {
			return err
		}
		r.arrived()
		if err := deliver(r, body); err != nil {
			return err
		}
	}
}

// poll makes one GET. The server answers at its next ping at the latest.
func (l *pollingLink) poll() ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(l.ctx, l.hello.patience(), errSilent)
	defer cancel()
	body, err := l.get(ctx, l.hello.SID)
	if err != nil && context.Cause(ctx) == errSilent {
		return nil, errSilent
	}
	return body, err
}

// deliver takes a payload apart: packets with separators between them. The receiver may keep them, since each payload
// has its own memory.
func deliver(r receiver, payload []byte) error {
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

func (l *pollingLink) get(ctx context.Context, sid string) ([]byte, error) {
	answer, err := l.do(ctx, http.MethodGet, sid, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	announced := min(max(answer.ContentLength, 0), maxAnnounced)
	body := bytes.NewBuffer(make([]byte, 0, announced+bytes.MinRead))
	if _, err := body.ReadFrom(io.LimitReader(answer.Body, maxMessage+1)); err != nil {
		return nil, err
	}
	if body.Len() > maxMessage {
		return nil, errTooLarge
	}
	return body.Bytes(), nil
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
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	answer, err := l.client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, readStatus(answer)
	}
	return answer, nil
}
