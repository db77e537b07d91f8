package redisclient

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestLibraryIsSilent has the client library complain, in a process of its own, for its log is standard error's. It complains of a time
// too short to be told to Redis, and would of connections, whose errors the caller is given anyway.
func TestLibraryIsSilent(t *testing.T) {
	const child = "DELTATAP_TEST_SILENT"
	if kind := os.Getenv(child); kind != "" {
		options := &redis.Options{Addr: "127.0.0.1:9"}
		if kind == "ours" {
			var err error
			if options, err = Options("redis://:hunter2@127.0.0.1:9", time.Second); err != nil {
				t.Fatal(err)
			}
		}
		client := redis.NewClient(options)
		defer client.Close()
		client.PExpire(t.Context(), "key", time.Nanosecond)
		return
	}
	says := func(kind string) string {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLibraryIsSilent$")
		command.Env = append(os.Environ(), child+"="+kind)
		var said strings.Builder
		command.Stderr = &said
		if err := command.Run(); err != nil {
			t.Fatalf("%s: %v: %s", kind, err, said.String())
		}
		return said.String()
	}
	if said := says("the library's"); !strings.Contains(said, "truncating") {
		t.Errorf("the library does not complain any more, and this tests nothing: %q", said)
	}
	if said := says("ours"); said != "" {
		t.Errorf("standard error got %q", said)
	}
}
