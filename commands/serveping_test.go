package commands

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/carebase/deltatap/replay/server"
)

func TestServePingsAsOftenAsItIsTold(t *testing.T) {
	s := newServing(t)
	ready := s.run(serveOptions{
		readyFile: filepath.Join(t.TempDir(), "ready.json"),
		timers:    server.Timers{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond},
	})
	defer s.stop()
	answer, err := http.Get(ready.URL + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	greeting, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(greeting), `"pingInterval":300,"pingTimeout":200,`) {
		t.Errorf("the greeting is %s, %v", greeting, err)
	}
	for _, flag := range []string{"--ping-interval", "--ping-timeout"} {
		if code, said := refused(t, flag, "0s"); code != ExitUsage || said != "deltatap: "+flag+" 0s: want a millisecond or more\n" {
			t.Errorf("exit %d: %s", code, said)
		}
	}
}
