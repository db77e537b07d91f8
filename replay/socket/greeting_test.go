package socket

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseGreeting(t *testing.T) {
	tests := []struct {
		packet   string
		patience time.Duration
		most     int64
	}{
		{`0{"sid":"e","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`, 45 * time.Second, 1e6},
		{`0{"sid":"e","pingInterval":25000.0,"pingTimeout":20000.5,"maxPayload":1e6}`, 45*time.Second + time.Millisecond, 1e6},
		{`0{"sid":"e","pingInterval":2.5e4,"pingTimeout":"20000","maxPayload":"1000000"}`, 45 * time.Second, 1e6},
		{`0{"sid":"e","pingInterval":1000,"pingTimeout":0}`, 21 * time.Second, 0},
		{`0{"sid":"e","pingInterval":1000,"pingTimeout":-1}`, 21 * time.Second, 0},
		{`0{"sid":"e","pingInterval":0,"pingTimeout":null,"maxPayload":0}`, 45 * time.Second, 0},
		{`0{"sid":"e","upgrades":["websocket"]}`, 45 * time.Second, 0},
		{`0{"sid":"e","pingInterval":[],"pingTimeout":"soon","maxPayload":{}}`, 45 * time.Second, 0},
		{`0{"sid":"e","pingInterval":25000,"pingTimeout":172800000}`, 48*time.Hour + 25*time.Second, 0},
		{`0{"sid":"e","pingInterval":25000,"pingTimeout":1e400}`, 365*24*time.Hour + 25*time.Second, 0},
	}
	for _, test := range tests {
		got, err := parseGreeting([]byte(test.packet))
		if err != nil || got.SID != "e" || got.patience() != test.patience || got.MaxPayload != test.most {
			t.Errorf("%s: %+v, patience %v, error %v", test.packet, got, got.patience(), err)
		}
	}
}

func TestParseGreetingOfOthers(t *testing.T) {
	tests := []struct {
		packet string
		want   error
	}{
		{``, errNotEngine},
		{`{"sid":"e"}`, errNotEngine},
		{`4{"sid":"e"}`, errNotEngine},
		{`0{"pingInterval":25000}`, errNotEngine},
		{`0{"sid":""}`, errNotEngine},
		{`<html>`, errNotEngine},
		{`97:0{"sid":"e","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40`, ErrSocketIO2},
		{"\x00\x09\x07\xff0{\"sid\":\"e\"}", ErrSocketIO2},
	}
	for _, test := range tests {
		if _, err := parseGreeting([]byte(test.packet)); !errors.Is(err, test.want) {
			t.Errorf("%q: error %v, want %v", test.packet, err, test.want)
		}
	}
}

// A server of Socket.IO 2 does not wait for CONNECT, and its consent has no sid.
func TestSocketIO2IsNamed(t *testing.T) {
	u := serve(t, func(_ int, p *peer) {
		p.greet(25000, 5000)
		p.send(`40`, `42["plan:item-delta",{"deltas":[]}]`)
		p.untilGone()
	})
	seen, err := watch(t, to(u), nothing)
	if got := refusedOnce(t, seen, false); !strings.Contains(got, "Socket.IO 2") {
		t.Errorf("message %q", got)
	}
	var gone *UnreachableError
	if !errors.As(err, &gone) {
		t.Errorf("error %v, want UnreachableError", err)
	}
}
