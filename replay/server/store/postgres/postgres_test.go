//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/carebase/deltatap/replay/server/store"
	"github.com/carebase/deltatap/replay/server/store/postgres"
	"github.com/carebase/deltatap/replay/server/storetest"
	"github.com/carebase/deltatap/replay/witness/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	http.DefaultClient.CloseIdleConnections()
	const timers = "github.com/zishang520/socket.io/v3/pkg/utils." // see package server
	err := goleak.Find(goleak.IgnoreAnyFunction(timers+"SetTimeout.func1"), goleak.IgnoreAnyFunction(timers+"SetInterval.func1"))
	if code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func open(t *testing.T, url string, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T, seed store.Seed) store.Store {
		s := open(t, pgtest.Empty(t), postgres.Options{})
		if err := s.Create(t.Context(), seed); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
