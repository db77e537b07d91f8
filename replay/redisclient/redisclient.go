// Package redisclient says how deltatap speaks to a Redis, as one of a cluster's servers or into
// it: every command once, within a time, and without a word to standard error. It must not know
// what is published.
package redisclient

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// ErrURL says that a text is not the URL of a Redis server. It does not quote it: there may be a
// password in it.
var ErrURL = errors.New("not the URL of a Redis server, which is redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]")

// Options are those of a client that sends no command twice, and whose connecting, reading and
// writing each end within timeout. The URL is redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], the
// same with rediss:// for TLS, or unix://[[USER]:PASSWORD@]PATH[?db=DATABASE]. The error is ErrURL.
func Options(url string, timeout time.Duration) (*redis.Options, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, ErrURL
	}
	silence()
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout, timeout
	o.MaxRetries, o.DialerRetries = -1, 1
	o.Protocol, o.ContextTimeoutEnabled, o.DisableIdentity = 2, true, true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// Trust says which certificates a server of rediss:// is trusted for; nil leaves it to the system,
// and others have no certificates.
func Trust(o *redis.Options, trusted *tls.Config) {
	if o.TLSConfig == nil || trusted == nil {
		return
	}
	host := o.TLSConfig.ServerName
	o.TLSConfig = trusted.Clone()
	o.TLSConfig.ServerName = host
}

// silence keeps the client library from writing to standard error what it returns as an error, too.
var silence = sync.OnceFunc(func() { redis.SetLogger(mute{}) })

type mute struct{}

// Printf writes nothing.
func (mute) Printf(context.Context, string, ...any) {}
