//go:build unix

package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/carebase/deltatap/fixtures/node/nodetest"
	"github.com/carebase/deltatap/replay/redisclient/redistest"
	"github.com/carebase/deltatap/replay/server/cluster"
)

const patience = time.Minute

// member is a server's part in a cluster, whose clients are a list.
type member struct {
	*cluster.Cluster
	t     testing.TB
	got   chan string
	lines chan string
}

func join(t testing.TB, url string) *member { return joinAs(t, url, "") }

// joinAs joins the cluster whose channels begin with a prefix.
func joinAs(t testing.TB, url, prefix string) *member {
	t.Helper()
	m := &member{t: t, got: make(chan string, 1<<16), lines: make(chan string, 100)}
	var err error
	m.Cluster, err = cluster.Open(t.Context(), url, cluster.Options{Prefix: prefix, Notify: func(line string) { m.lines <- line }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := m.Start(func(rooms, except []string, event string, args []byte) {
		m.got <- fmt.Sprintf("%v %v %s %s", rooms, except, event, args)
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// next is the next of what was delivered, or said.
func next(t testing.TB, from <-chan string) string {
	t.Helper()
	select {
	case text := <-from:
		return text
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

func (m *member) want(text string) {
	m.t.Helper()
	if got := next(m.t, m.got); got != text {
		m.t.Errorf("got %s, want %s", got, text)
	}
}

func (m *member) publish(event, args string) {
	m.t.Helper()
	if err := m.Publish("user:1", event, []byte(args)); err != nil {
		m.t.Error(err)
	}
}

// values are arguments of which a cluster could spoil something.
var values = []string{
	``,
	`{"z":1,"a":{"y":null,"b":[true,false,"x"]},"m":86.4}`,
	`{"amount":1199.99,"id":9007199254740991,"negative":-2147483649}`,
	`"naïve <b> & \"quoted\" 😀","second",3`,
	`{"deltas":[` + strings.Repeat(`{"itemType":"bill","entityId":1},`, 500) + `{}]}`,
}

// What one emits reaches all, itself included, value for value.
func TestMembers(t *testing.T) {
	server := redistest.Start(t)
	a, b := join(t, server.URL), join(t, server.URL)
	for _, args := range values {
		a.publish("plan:item-delta", args)
		want := "[user:1] [] plan:item-delta " + args
		a.want(want)
		b.want(want)
	}
	// What came over keeps digits that JavaScript would lose; what did not is as it was.
	a.publish("n", `{"n":18446744073709551615,"f":1.50}`)
	a.want(`[user:1] [] n {"n":18446744073709551615,"f":1.50}`)
	b.want(`[user:1] [] n {"n":18446744073709551615,"f":1.5}`)
	if counts := b.Counts(); counts != (cluster.Counts{Received: uint64(len(values)) + 1}) {
		t.Errorf("counts %+v", counts)
	}
}

// Clusters in one Redis are told apart by their prefixes, letter by letter: none is a pattern.
func TestPrefixes(t *testing.T) {
	server := redistest.Start(t)
	for _, prefix := range []string{"care*", "care[1]", "c?re", `care\d`, "care"} {
		a, b := joinAs(t, server.URL, prefix), joinAs(t, server.URL, prefix)
		other := joinAs(t, server.URL, "care1")
		a.publish("e", "1")
		a.want("[user:1] [] e 1")
		b.want("[user:1] [] e 1")
		other.publish("o", "2")
		other.want("[user:1] [] o 2")
		a.publish("e", "3") // behind what is not for them
		a.want("[user:1] [] e 3")
		b.want("[user:1] [] e 3")
	}
}

// Everybody gets what all emit in one order, each publisher's own among it.
func TestOneOrder(t *testing.T) {
	const each = 500
	server := redistest.Start(t)
	members := []*member{join(t, server.URL), join(t, server.URL), join(t, server.URL)}
	var work sync.WaitGroup
	for i, m := range members {
		work.Go(func() {
			for n := range each {
				m.publish("e", fmt.Sprintf("%d,%d", i, n))
			}
		})
	}
	work.Wait()
	var first []string
	for i, m := range members {
		var order []string
		for range each * len(members) {
			order = append(order, next(t, m.got))
		}
		if i == 0 {
			first = order
		} else if diff := cmp.Diff(first, order); diff != "" {
			t.Errorf("member %d has another order than member 0:\n%s", i, diff)
		}
	}
	for i := range members {
		last := -1
		for _, text := range first {
			var from, n int
			if _, err := fmt.Sscanf(text, "[user:1] [] e %d,%d", &from, &n); err != nil {
				t.Fatal(err)
			}
			if from == i && n != last+1 {
				t.Fatalf("of member %d, %d follows %d", i, n, last)
			} else if from == i {
				last = n
			}
		}
	}
}

// Official servers get what is emitted here, and what they and the official emitter emit is got here.
func TestOfficialServers(t *testing.T) {
	nodetest.Need(t)
	server := redistest.Start(t)
	official := nodetest.Start(t, "cluster.mjs", "--redis", server.URL)
	emitter := nodetest.Start(t, "emitter.mjs", "--redis", server.URL)
	url := official.Await("url").Text("url")
	client := nodetest.Start(t, "listen.mjs", "--client", "a "+url+" 1")
	other := nodetest.Start(t, "listen.mjs", "--client", "b "+url+" 2")
	emitter.Await("ready")
	client.Await("state")
	other.Await("state")
	m := join(t, server.URL)
	for i, args := range values {
		m.publish("here", args)
		m.want("[user:1] [] here " + args)
		if got, want := client.Await("event").Text("raw"), `2["here"`+strings.TrimSuffix(","+args, ",")+`]`; got != want {
			t.Errorf("the official client got %s, want %s", got, want)
		}
		for how, emits := range map[string]*nodetest.Process{"server": official, "emitter": emitter} {
			event := fmt.Sprint(how, i)
			emits.Tell(fmt.Sprintf(`user:1 [%q%s]`, event, strings.TrimSuffix(","+args, ",")))
			emits.Await("emitted")
			m.want("[user:1] [] " + event + " " + args)
			client.Await("event")
		}
	}
	emitter.Tell(`* ["everybody"]`)
	m.want("[] [] everybody ")
	if got := other.Await("event").Text("event"); got != "everybody" {
		t.Errorf("the client of another user got %q, want what is for everybody only", got)
	}
	emitter.Tell("binary user:1")
	if got, want := next(t, m.lines), "redis: message number 1 that no client gets, at socket.io#/#user:1#: it holds binary data, which JSON has no place for"; got != want {
		t.Errorf("it was said that %q, want %q", got, want)
	}
}

// While Redis is lost, clients here get what is emitted here, each once, and everything is said.
func TestLosesAndFindsRedis(t *testing.T) {
	server := redistest.Start(t)
	a, b := join(t, server.URL), join(t, server.URL)
	a.publish("e", "1")
	server.Kill()
	for _, m := range []*member{a, b} {
		if got := next(t, m.lines); !strings.HasPrefix(got, "redis is lost: ") {
			t.Errorf("it was said that %q", got)
		}
	}
	for _, n := range []string{"2", "3"} {
		err := a.Publish("user:1", "e", []byte(n))
		if _, ok := errors.AsType[*cluster.UnreachableError](err); !ok {
			t.Errorf("publishing to a lost Redis: %T %v", err, err)
		}
	}
	server.Restart()
	for m, want := range map[*member]string{a: "2", b: "0"} {
		if got := next(t, m.lines); got != "redis is back; events not published while it was lost: "+want {
			t.Errorf("it was said that %q, want %s", got, want)
		}
	}
	a.publish("e", "4")
	for _, n := range []string{"1", "2", "3", "4"} {
		a.want("[user:1] [] e " + n)
	}
	b.want("[user:1] [] e 1")
	b.want("[user:1] [] e 4")
	want := cluster.Counts{Published: 2, Unpublished: 2, Losses: 1}
	if got := a.Counts(); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
}

// A Redis that is there and says nothing holds nobody up for long.
func TestSilentRedis(t *testing.T) {
	server := redistest.Start(t)
	m := join(t, server.URL)
	server.Freeze()
	started := time.Now()
	err := m.Publish("user:1", "e", []byte("1"))
	if _, ok := errors.AsType[*cluster.UnreachableError](err); !ok || time.Since(started) > patience/2 {
		t.Errorf("publishing to a silent Redis: %T %v, after %s", err, err, time.Since(started))
	}
	m.want("[user:1] [] e 1")
	server.Thaw()
	m.publish("e", "2")
	m.want("[user:1] [] e 2")
	if len(m.got) > 0 {
		t.Errorf("%s came again", <-m.got)
	}
}

// A subscription that Redis ends takes nothing along that was emitted here, and nothing comes twice.
func TestLosesItsSubscription(t *testing.T) {
	const events = 300
	server := redistest.Start(t)
	m := join(t, server.URL)
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, DisableIdentity: true})
	defer admin.Close()
	stop := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				if err := admin.Do(context.Background(), "CLIENT", "KILL", "TYPE", "pubsub").Err(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for n := range events {
		m.publish("e", fmt.Sprint(n))
	}
	close(stop)
	work.Wait()
	for n := range events {
		m.want(fmt.Sprint("[user:1] [] e ", n))
	}
	if len(m.got) > 0 || m.Counts().Losses == 0 {
		t.Errorf("%d came again; the subscription was lost %d times", len(m.got), m.Counts().Losses)
	}
}

// What is no JSON goes to nobody else, and is not taken for a fault of Redis.
func TestPublishesOnlyJSON(t *testing.T) {
	server := redistest.Start(t)
	a, b := join(t, server.URL), join(t, server.URL)
	if err := a.Publish("user:1", "odd", []byte("{")); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("error %v", err)
	}
	a.want("[user:1] [] odd {")
	a.publish("even", "1")
	b.want("[user:1] [] even 1")
}

// Anybody may publish anything.
func TestHostileMessages(t *testing.T) {
	server := redistest.Start(t)
	m := join(t, server.URL)
	hostile := redis.NewClient(&redis.Options{Addr: server.Addr, DisableIdentity: true})
	defer hostile.Close()
	for _, text := range []string{
		"", "x", "\x93", "\x93\xa1u\x80\x80", "\x93\xa1u\x82\xa4type\x02\xa4data\x90\x80", "\x93\xa1u\x82\xa4type\x02\xa4data\x91\x01\x80",
		"\x93\xa1u\x82\xa4type\x03\xa4data\x91\xa1e\x80", "\x93\xa1u\x83\xa4type\x02\xa4data\x91\xa1e\xa3nsp\xa2/x\x80",
		"\x93\xa1u\x82\xa4type\x02\xa4data\xdd\xff\xff\xff\xff\xa1e\x80", "\x93\xa1u\x82\xa4type\x02\xa4data\x91\xa1e\x81\xa5rooms\x01",
		"\x93\xa1u\x82\xa4type\x02\xa4data\x91\xa1e\x80\xc0",
	} {
		if err := hostile.Publish(t.Context(), "socket.io#/#", text).Err(); err != nil {
			t.Fatal(err)
		}
	}
	// The last is one that is right, with a room that JavaScript takes for one.
	right := "\x94\xa1u\x83\xa4type\x02\xa4data\x92\xa1e\x07\xa2id\x05\x83\xa5rooms\x92\x01\xa1r\xa6except\x91\xa1x\xa6serial\xff\xc0"
	if err := hostile.Publish(t.Context(), "socket.io#/#", right).Err(); err != nil {
		t.Fatal(err)
	}
	m.want("[1 r] [x] e 7")
	if counts := m.Counts(); counts.PassedOver != 11 || counts.Received != 1 {
		t.Errorf("counts %+v, want 11 passed over", counts)
	}
}

// Errors tell what failed by their type, in a line, and never the password.
func TestErrors(t *testing.T) {
	const secret = "hunter2"
	server := redistest.Start(t, "--requirepass", "right")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, c := range map[string]struct {
		url  string
		want any
	}{
		"nobody listens":   {"redis://:" + secret + "@" + closed.Addr().String(), new(*cluster.UnreachableError)},
		"no password":      {server.URL, new(*cluster.RefusedError)},
		"wrong password":   {"redis://:" + secret + "@" + server.Addr, new(*cluster.RefusedError)},
		"no such database": {"redis://:right@" + server.Addr + "/99", new(*cluster.UnusableError)},
		"no URL":           {"redis://:" + secret + "@[::1/%zz", new(*cluster.UnusableError)},
		"another URL":      {"postgres://:" + secret + "@127.0.0.1", new(*cluster.UnusableError)},
	} {
		_, err := cluster.Open(t.Context(), c.url, cluster.Options{})
		if err == nil || !errors.As(err, c.want) {
			t.Errorf("%s: %T %v, want %T", name, err, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: the error is %q", name, err)
		}
	}
}

// What is published while the cluster is left is delivered here all the same.
func TestClose(t *testing.T) {
	server := redistest.Start(t)
	m := join(t, server.URL)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if err := m.Publish("user:1", "late", nil); err == nil {
		t.Error("something was published after the end")
	}
	m.want("[user:1] [] late ")
	if lines := len(m.lines); lines > 0 {
		t.Errorf("%d lines were said: %s", lines, <-m.lines)
	}
}
