package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/endpoint"
)

func TestHealthyServer(t *testing.T) {
	report := examine(t, listen(t, healthy).URL)
	want(t, report, Healthy,
		"token ok a JWT for carebase, app, expires in", "rest ok version is 0", "plan ok both answer with version 0",
		"role ok owner", "websocket ok connects", "polling ok connects", "upgrade ok", "socket ok", "ack ok connection:ack",
		"ping ok there and back", "delta ok not waited for")
	if len(report.Skipped) > 0 {
		t.Errorf("skipped %v", report.Skipped)
	}
}

func TestTokenIsRefused(t *testing.T) {
	s := listen(t, healthy)
	report := examine(t, s.URL, func(p *patient) { p.token = jwt(`{"exp":1000000000}`) })
	want(t, report, Refused, "token warn a JWT, expired", "rest fail Not authenticated (401)", "socket fail Unauthorized")
	if find(report, checkDelta) != nil || find(report, checkRole) != nil {
		t.Error("the refused go on")
	}
	report = examine(t, s.URL, func(p *patient) { p.token = "" })
	want(t, report, Refused, "token warn none is sent", "rest fail", "socket fail")
	if next := find(report, checkREST).Next; !strings.Contains(next, "--token-file") {
		t.Errorf("next: %s", next)
	}
}

// REST and the socket are asked apart: a gateway may know one of them alone.
func TestRefusalByOneOfTwo(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/api") {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"no\u001b[2J %s"}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Refused, "rest fail no[2J ***", "socket ok the token is taken")
	s = listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/socket.io") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Refused, "rest ok", "websocket fail 401", "polling warn 401", "socket fail 401")
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	report := examine(t, "http://"+listener.Addr().String())
	want(t, report, Unreachable, "tcp fail connection refused", "token ok")
	if find(report, checkHTTP) != nil || find(report, checkWebSocket) != nil {
		t.Error("what nobody listens for was asked")
	}
}

// A server that accepts and never answers is given up after the time for one answer, once.
func TestHalfOpenServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var held []net.Conn
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			held = append(held, conn)
		}
	}()
	defer func() {
		listener.Close()
		<-over
		for _, conn := range held {
			conn.Close()
		}
	}()
	const limit = 2 * time.Second
	report := examine(t, "http://"+listener.Addr().String(), func(p *patient) { p.Timeout, p.wait = limit, patience })
	want(t, report, Unreachable, "tcp ok", "http fail no answer within 2s")
	if next := find(report, checkHTTP).Next; !strings.Contains(next, "accepts and does not answer") {
		t.Errorf("next: %s", next)
	}
}

func TestPollingAlone(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Header.Get("Upgrade") != "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
	report := examine(t, s.URL)
	want(t, report, Failed, "websocket fail 400", "polling ok connects", "socket ok", "ack ok")
	if next := find(report, checkWebSocket).Next; !strings.Contains(next, "Upgrade") {
		t.Errorf("next: %s", next)
	}
	want(t, examine(t, s.URL, func(p *patient) { p.Transport = "polling" }), Warned, "websocket warn 400")
	want(t, examine(t, s.URL, func(p *patient) { p.Transport = "websocket" }), Unreachable, "websocket fail 400", "socket fail 400")
}

func TestWebSocketAlone(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Get("transport") == "polling" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code":0,"message":"Transport\u001b unknown"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Warned, "polling warn Transport unknown", "websocket ok")
}

// A balancer that sends each connection elsewhere breaks upgrades, and nothing else.
func TestUpgradeOfAnotherSession(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Header.Get("Upgrade") != "" && r.URL.Query().Has("sid") {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code":1,"message":"Session ID unknown"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Warned, "upgrade warn Session ID unknown")
}

func TestNoSocketIO(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/socket.io") {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Unreachable, "websocket fail 404", "polling warn 404", "socket fail 404")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		http.Redirect(w, r, "https://care.example/s3cret", http.StatusFound)
	})
	report := examine(t, s.URL)
	want(t, report, Unreachable, "http fail it redirects to https://care.example, which is not followed")
	if text, _ := json.Marshal(report); strings.Contains(string(text), "s3cret") {
		t.Error("the whole address is told")
	}
}

// A portal of the network answers everything with its page.
func TestAnotherServer(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) { fmt.Fprint(w, "<html>sign in</html>") })
	want(t, examine(t, s.URL), Unreachable, "rest fail not as a Carebase server does", "websocket fail", "polling warn", "socket fail")
}

func TestCachedAnswers(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasPrefix(r.URL.Path, "/api/plan") {
			w.Header().Set("Age", "42")
			w.Header().Set("X-Cache", "HIT\u202e")
		}
		next.ServeHTTP(w, r)
	})
	report := examine(t, s.URL)
	want(t, report, Warned, "cache warn Age: 42, X-Cache: HIT")
	if facts := find(report, checkCache).Facts.(Cache); facts.Age != 42 || facts.Answers != 3 {
		t.Errorf("%+v", facts)
	}
}

func TestPlanBehindItsVersion(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == "/api/plan/version" {
			fmt.Fprint(w, `{"planVersion":9,"planUpdatedAt":"2026-11-24T00:00:00.000Z"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL), Failed, "plan fail /api/plan answers with version 0, and /api/plan/version with 9")
}

func TestClocksApart(t *testing.T) {
	s := listen(t, healthy)
	for _, test := range []struct {
		off   time.Duration
		words string
	}{{time.Hour, "ahead of the server"}, {-time.Hour, "behind the server"}} {
		report := examine(t, s.URL, func(p *patient) { p.now = func() time.Time { return time.Now().Add(test.off) } })
		want(t, report, Warned, "clock warn "+test.words)
		if ahead := find(report, checkClock).Facts.(Clock).Ahead; ahead < test.off.Seconds()-30 || ahead > test.off.Seconds()+30 {
			t.Errorf("%v: %v s ahead", test.off, ahead)
		}
	}
	// A token's times are held against the server's clock, not this machine's.
	soon := jwt(fmt.Sprintf(`{"exp":%d}`, time.Now().Add(10*time.Minute).Unix()))
	report := examine(t, s.URL, func(p *patient) {
		p.token, p.now = soon, func() time.Time { return time.Now().Add(time.Hour) }
	})
	if line := find(report, checkToken); line.Status != OK || !strings.Contains(line.Says, "expires in") {
		t.Errorf("%+v", line)
	}
}

func TestCollaboratorGetsNoDeltas(t *testing.T) {
	s := listen(t, healthy)
	want(t, examine(t, s.URL, func(p *patient) { p.token = contributorToken }), Warned, "role warn a collaborator")
	want(t, examine(t, s.URL, func(p *patient) { p.token = opaqueToken }), Warned, "role warn not known")
}

// Whenever somebody reads the version there is a change, so that one comes while the doctor waits.
func TestDeltaArrives(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.URL.Path == "/api/plan/version" {
			change(next)
		}
	})
	report := examine(t, s.URL, func(p *patient) { p.wait = patience })
	if line := find(report, checkDelta); line == nil || line.Status != OK || !line.Facts.(Heard).Arrived {
		t.Fatalf("%+v", line)
	}
}

func change(to http.Handler) {
	body := `{"user":1,"deltas":[{"itemType":"bill","action":"created","data":{"bill":{"amount":1}}}]}`
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/_deltatap/deltas", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer operator")
	to.ServeHTTP(httptest.NewRecorder(), r)
}

// The version goes on, and the socket is silent: deltas get lost. Where nothing moved, none was due.
func TestDeltaDoesNotArrive(t *testing.T) {
	var reads atomic.Int64
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == "/api/plan/version" {
			if reads.Add(1) > 3 {
				fmt.Fprint(w, `{"planVersion":7,"planUpdatedAt":"2026-11-24T00:00:00.000Z"}`)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
	want(t, examine(t, s.URL, func(p *patient) { p.wait = 50 * time.Millisecond }), Failed, "delta fail none, though the version went from 0 to 7")
	s = listen(t, healthy)
	want(t, examine(t, s.URL, func(p *patient) { p.wait = 50 * time.Millisecond }), Warned, "delta warn the version stayed at 0, so that none was due")
}

func TestInterruptedExamination(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := listen(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		cancel()
		<-r.Context().Done()
	})
	target, err := endpoint.Resolve(endpoint.Sources{Flags: endpoint.Settings{Server: s.URL, Timeout: patience}})
	if err != nil {
		t.Fatal(err)
	}
	if report, err := New(Config{Endpoint: target}).Examine(ctx); report != nil || err == nil {
		t.Errorf("%v, %v", report, err)
	}
}
