package doctor

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/fixtures/certtest"
)

// listenTLS serves with a certificate for 127.0.0.1 that is good for a day.
func listenTLS(t *testing.T) (*httptest.Server, certtest.Pair) {
	t.Helper()
	pair := certtest.Loopback(t)
	cert, err := tls.LoadX509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(carebase(t))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, pair
}

func TestCertificates(t *testing.T) {
	s, pair := listenTLS(t)
	yes := true
	for _, test := range []struct {
		name    string
		change  func(*patient)
		verdict Verdict
		want    string
		next    string
	}{
		{"soon", func(p *patient) { p.CAFile = pair.Authority }, Warned, "tls warn expires in", "renew"},
		{"unknown", func(*patient) {}, Unreachable, "tls fail certificate signed by unknown authority", "sends its certificate alone"},
		{"expired", func(p *patient) {
			p.CAFile = pair.Authority
			p.now = func() time.Time { return time.Now().Add(73 * time.Hour) }
		}, Unreachable, "tls fail expired 2 days ago (", "renew"},
		{"not yet", func(p *patient) {
			p.CAFile = pair.Authority
			p.now = func() time.Time { return time.Now().Add(-5 * time.Hour) }
		}, Unreachable, "tls fail not valid before", "clock"},
		{"insecure", func(p *patient) { p.Insecure = &yes }, Warned, "tls warn not verified (--insecure), and would not be taken: certificate signed by unknown authority", ""},
		{"other host", func(p *patient) {
			p.CAFile = pair.Authority
			p.Server = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
		}, Unreachable, "tls fail certificate is for another host", "--server takes the name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := examine(t, s.URL, test.change)
			want(t, report, test.verdict, test.want)
			line := find(report, checkTLS)
			if !strings.Contains(line.Next, test.next) {
				t.Errorf("next: %s", line.Next)
			}
			facts := line.Facts.(Certificate)
			if len(facts.Chain) == 0 || facts.Chain[0] != "a test's server" || facts.Expires.IsZero() {
				t.Errorf("%+v", facts)
			}
			if made := find(report, checkREST) != nil; made != (test.verdict == Warned) {
				t.Errorf("REST was asked: %v", made)
			}
		})
	}
}

// A certificate that is out of date by both clocks, and no request comes before it is taken.
func TestNothingIsSentBeforeTheCertificateIsTaken(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("asked for %s", r.URL.Path)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	want(t, examine(t, s.URL), Unreachable, "tls fail unknown authority")
}

func TestNoTLSThere(t *testing.T) {
	s := listen(t, healthy)
	report := examine(t, strings.Replace(s.URL, "http:", "https:", 1))
	want(t, report, Unreachable, "tls fail does not speak TLS on that port")
	if next := find(report, checkTLS).Next; !strings.HasPrefix(next, "http://") {
		t.Errorf("next: %s", next)
	}
}

func TestAddressesOfAName(t *testing.T) {
	for _, test := range []struct {
		addresses, why []string
		status         Status
		class          Verdict
	}{
		{[]string{"192.0.2.1:443"}, []string{""}, OK, ""},
		{[]string{"192.0.2.1:443"}, []string{"no answer in time"}, Fail, Unreachable},
		{[]string{"192.0.2.1:443", "[2001:db8::1]:443"}, []string{"", "no answer in time"}, Warn, ""},
		{[]string{"127.0.0.1:80", "[::1]:80"}, []string{"", "connection refused"}, OK, ""},
		{[]string{"127.0.0.1:80", "[::1]:80"}, []string{"connection refused", "connection refused"}, Fail, Unreachable},
	} {
		line := judgeDials(test.addresses, test.why, nil)
		if line.Status != test.status || line.class != test.class {
			t.Errorf("%v %q: %+v", test.addresses, test.why, line)
		}
	}
}

func TestRoles(t *testing.T) {
	const (
		owner    = `{"userId":1,"role":"owner","status":"accepted"}`
		accepted = `{"userId":"2","role":"contributor","status":"accepted"}`
		pending  = `{"userId":null,"role":"contributor","status":"pending"}`
	)
	for _, test := range []struct {
		list string
		user int64
		want string
	}{
		{"", 0, roleOwner},
		{owner, 0, roleOwner},
		{owner + "," + pending, 0, roleOwner},
		{owner + "," + accepted, 0, roleUnknown},
		{owner + "," + accepted, 1, roleOwner},
		{owner + "," + accepted, 2, roleCollaborator},
		{owner + "," + accepted, 3, roleUnknown},
		{accepted, 3, roleOwner},
		{accepted, 2, roleCollaborator},
	} {
		p := &people{collaborators: parsePeople(t, "["+test.list+"]")}
		if got := p.role(test.user); got != test.want {
			t.Errorf("user %d in %s: %s, want %s", test.user, test.list, got, test.want)
		}
	}
}

// What is no JWT is opaque, and of what one says nothing strange is repeated.
func TestClaims(t *testing.T) {
	for _, text := range []string{"", "a.b", "a.!!.c", "a.bnVsbA.c.d", jwt("[1]"), jwt("x")} {
		if got := readClaims(text); got != nil && text != "a.bnVsbA.c" {
			t.Errorf("%q: %+v", text, got)
		}
	}
	odd := readClaims(jwt(`{"exp":1e99,"nbf":"x","aud":["a\u001b[2J\u202eb",7],"sub":-4}`))
	if odd != nil && (odd.expires != nil || odd.begins != nil || odd.user != 0) {
		t.Errorf("%+v", odd)
	}
	got := readClaims(jwt(`{"exp":1700000000.5,"aud":"a\u001b[2J\u202eb","sub":"auth0|7"}`))
	if got == nil || got.expires.Unix() != 1700000000 || fmt.Sprint(got.audience) != "[a[2Jb]" || got.user != 0 {
		t.Errorf("%+v", got)
	}
}
