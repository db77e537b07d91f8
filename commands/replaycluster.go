package commands

import (
	"context"
	"errors"

	"github.com/carebase/deltatap/replay/session"
	"github.com/carebase/deltatap/replay/sink"
	"github.com/carebase/deltatap/replay/sink/cluster"
	"github.com/carebase/deltatap/replay/sink/postgres"
	"github.com/carebase/deltatap/replay/sink/redis"
)

// eventsAlone is of a target to which nothing but events means anything.
func eventsAlone(kind session.Kind) bool { return kind == session.KindEvent }

// redisTarget is the rooms of a Socket.IO cluster that is joined through Redis.
func redisTarget(p *replayPlan, _ *App, text string) (*replayTarget, error) {
	return clusterTarget(text, func(ctx context.Context, o opening) (sink.Sink, error) {
		return redis.Dial(ctx, redis.Config{URL: text, Users: o.users, Tell: o.tell, Timeout: p.connect.timeout})
	}), nil
}

// postgresTarget is the rooms of a Socket.IO cluster that is joined through PostgreSQL.
func postgresTarget(p *replayPlan, _ *App, text string) (*replayTarget, error) {
	return clusterTarget(text, func(ctx context.Context, o opening) (sink.Sink, error) {
		return postgres.Dial(ctx, postgres.Config{URL: text, Users: o.users, Tell: o.tell, Timeout: p.connect.timeout})
	}), nil
}

func clusterTarget(text string, dial func(context.Context, opening) (sink.Sink, error)) *replayTarget {
	name := shownTarget(text)
	return &replayTarget{
		name: name, rooms: true, takes: eventsAlone,
		open: func(ctx context.Context, _ *App, o opening) (*openTarget, error) {
			s, err := dial(ctx, o)
			if bad, ok := errors.AsType[*cluster.ConfigError](err); ok {
				return nil, usage("", "--to %s: %v", name, bad)
			}
			return &openTarget{sink: s, name: name}, err
		},
	}
}
