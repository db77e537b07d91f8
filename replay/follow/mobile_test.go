package follow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/follow"
	"github.com/carebase/deltatap/replay/plancache"
	"github.com/carebase/deltatap/replay/socket"
)

const every = 15 * time.Second

// unlisted is a message whose deltas are no list.
func (c *conn) unlisted() {
	c.signals <- socket.Signal{At: time.Now(), Kind: socket.Event, Event: "plan:item-delta", Args: []byte(`[{"deltas":null}]`)}
}

func mobile(p *plans) follow.Config {
	return follow.Config{Plans: p, Cache: plancache.New(plancache.Mobile), Poll: every}
}

// The app reads the plan as it begins, and not because its socket came back.
func TestMobileReadsNothingOnConnecting(t *testing.T) {
	p := &plans{took: 100 * time.Millisecond, answers: []string{planOf(1, "")}, version: "9"}
	check(t, follows(t, mobile(p), func(c *conn) {
		time.Sleep(time.Second)
		c.connect(1)
		time.Sleep(time.Minute)
		c.disconnect()
		time.Sleep(14 * time.Second) // shorter than a poll, though one would have been due at 75 s if they went on all the time
		c.connect(2)
		time.Sleep(time.Minute)
	}), "1.0 connect", "1.1 plan 200", "61.0 disconnect", "75.0 connect")
}

// A poll that is ahead of all that the app has seen has it read the plan, and its version is then the answer's.
func TestMobilePollsWhileItsSocketIsDown(t *testing.T) {
	p := &plans{took: 100 * time.Millisecond, answers: []string{planOf(5, ""), planOf(6, "")}, version: "8"}
	check(t, follows(t, mobile(p), func(c *conn) {
		c.connect(1)
		time.Sleep(time.Second)
		c.delta(`{"itemType":"bill","entityId":7,"action":"deleted","version":8}`) // unknown: it refreshes, to v6
		time.Sleep(time.Second)
		c.disconnect()
		time.Sleep(31 * time.Second)
		c.connect(2)
		time.Sleep(time.Minute)
	}), "0.0 connect", "0.1 plan 200", "1.0 event refresh/unknown-entity", "1.1 plan 200", "2.0 disconnect",
		"17.1 version 200", "17.2 plan 200", "32.1 version 200", "32.2 plan 200", "33.0 connect")
}

// Where deltas are no list the app asks for the version, and for the plan only where it is behind that.
func TestMobileChecksTheVersion(t *testing.T) {
	for version, want := range map[string][]string{
		"5": {"0.0 connect", "0.1 plan 200", "1.0 event version-check/malformed", "1.1 version 200"},
		"6": {"0.0 connect", "0.1 plan 200", "1.0 event version-check/malformed", "1.1 version 200", "1.2 plan 200"},
	} {
		p := &plans{took: 100 * time.Millisecond, answers: []string{planOf(5, ""), planOf(6, "")}, version: version}
		check(t, follows(t, mobile(p), func(c *conn) {
			c.connect(1)
			time.Sleep(time.Second)
			c.unlisted()
			time.Sleep(10 * time.Second)
		}), want...)
	}
	p := &plans{took: 100 * time.Millisecond, answers: []string{planOf(5, "")}, version: "5"}
	check(t, follows(t, mobile(p), func(c *conn) {
		c.connect(1)
		time.Sleep(time.Second)
		c.unlisted()
		time.Sleep(40 * time.Millisecond)
		c.unlisted() // while the answer is on its way: it may have been made before
		time.Sleep(10 * time.Second)
	}), "0.0 connect", "0.1 plan 200", "1.0 event version-check/malformed", "1.0 event version-check/malformed", "1.1 version 200", "1.2 version 200")
}

// Once its token has expired the app has no socket any more, and its polls alone, while the recorder's connection goes on.
func TestMobileWithATokenThatExpired(t *testing.T) {
	p := &plans{answers: []string{planOf(5, ""), planOf(6, "")}, version: "6"}
	cfg := mobile(p)
	cfg.TokenLife = time.Minute
	check(t, follows(t, cfg, func(c *conn) {
		c.connect(1)
		time.Sleep(2 * time.Minute)
		c.delta(`{"itemType":"bill","entityId":1,"action":"created","version":5,"data":{"bill":{"id":1}}}`)
		time.Sleep(time.Second)
		c.disconnect()
		time.Sleep(time.Second)
		c.connect(2)
		time.Sleep(5 * time.Second)
		c.delta(`{"itemType":"bill","entityId":2,"action":"created","version":6,"data":{"bill":{"id":2}}}`)
		time.Sleep(25 * time.Second)
	}), "0.0 connect", "0.0 plan 200", "120.0 event applied/", "121.0 disconnect", "122.0 connect", "127.0 event",
		"136.0 version 200", "136.0 plan 200", "151.0 version 200")
	if got := fmt.Sprint(p.asked, p.polled); got != "2 2" {
		t.Errorf("asked for plans and versions %s times", got)
	}
}
