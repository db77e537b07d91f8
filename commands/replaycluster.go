package commands

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/postgres"
	"github.com/carebase/deltatap/replay/sink/redis"
)

// trustHint says how the certificate of a Redis comes to be trusted.
const trustHint = "--ca-file names the certificates to trust"

// redisTarget is the rooms of a Socket.IO cluster that is joined through Redis.
func redisTarget(p *replayPlan, app *App, text string) (*replayTarget, error) {
	var trusted *tls.Config
	if strings.HasPrefix(text, "rediss://") {
		var err error
		if trusted, err = p.connect.trust(app); err != nil {
			return nil, err
		}
	} else if err := p.connect.noTLS("%s goes with rediss://"); err != nil {
		return nil, err
	}
	return p.clusterTarget(app, text, trustHint, redis.CheckURL, func(ctx context.Context, o opening, patience time.Duration) (sink.Sink, error) {
		return redis.Dial(ctx, redis.Config{URL: text, Users: o.users, Tell: o.tell, Timeout: patience, TLS: trusted})
	})
}

// postgresTarget is the rooms of a Socket.IO cluster that is joined through PostgreSQL.
func postgresTarget(p *replayPlan, app *App, text string) (*replayTarget, error) {
	const trust = "sslrootcert=PATH in the URL names the certificates to trust"
	if err := p.connect.noTLS("%s is for other targets: " + trust + ", sslmode whether to verify"); err != nil {
		return nil, err
	}
	return p.clusterTarget(app, text, trust, postgres.CheckURL, func(ctx context.Context, o opening, patience time.Duration) (sink.Sink, error) {
		return postgres.Dial(ctx, postgres.Config{URL: text, Users: o.users, Tell: o.tell, Timeout: patience})
	})
}

// dialCluster opens the rooms of a cluster, whose answers may take so long.
type dialCluster func(ctx context.Context, o opening, patience time.Duration) (sink.Sink, error)

// clusterTarget is the rooms of a cluster. trust says how a certificate comes to be trusted.
func (p *replayPlan) clusterTarget(app *App, text, trust string, check func(url string) error, dial dialCluster) (*replayTarget, error) {
	name := shownTarget(text)
	if err := check(text); err != nil {
		return nil, usage("", "--to %s: %v", name, err)
	}
	patience, err := p.connect.patience(app)
	if err != nil {
		return nil, err
	}
	return &replayTarget{
		name: name, rooms: true, patience: patience, takes: eventsAlone,
		open: func(ctx context.Context, _ *App, o opening) (*openTarget, error) {
			s, err := dial(ctx, o, patience)
			if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
				return nil, &Error{Code: ExitUnreachable, What: err.Error(), Hint: trust}
			}
			return &openTarget{sink: s, name: name}, err
		},
	}, nil
}
