package postgres

import (
	"context"
	"time"
)

const (
	// reading is how long to look for the servers' reading of a row. One whose connection has since
	// done something else is not seen.
	reading = time.Second
	// glance is how long lies between two looks.
	glance = 2 * time.Millisecond
)

// moment is what PostgreSQL's clock says.
func (p *publisher) moment(ctx context.Context) ([]byte, error) {
	return p.value(ctx, "select clock_timestamp()::text")
}

// awaitReading waits until the database shows that so many servers have read a row of the table
// since a moment. It is false where it does not show that in time. Whose reading a server is
// waiting for may come behind everything that is sent meanwhile, and its answers to requests say
// nothing of that: they take connections of their own.
func (p *publisher) awaitReading(ctx context.Context, since []byte, servers int) (bool, error) {
	f := &p.fence
	if servers == 0 || time.Since(f.blind) < rediscovery {
		return false, nil
	}
	seen := map[string]bool{}
	for began := time.Now(); ; {
		if err := p.readers(ctx, since, seen); err != nil {
			return false, err
		}
		if len(seen) >= servers {
			return true, nil
		}
		if time.Since(began) > reading {
			if len(seen) == 0 {
				f.blind = time.Now()
			}
			return false, nil
		}
		select {
		case <-time.After(glance):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// readers adds the connections by which servers have read a row since a moment, and have done
// nothing else since.
func (p *publisher) readers(ctx context.Context, since []byte, seen map[string]bool) error {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	const query = `select pid::text from pg_stat_activity
		where datname = current_database() and query = $1 and state = 'idle' and query_start >= $2::timestamptz`
	theirs := `SELECT payload FROM ` + p.table + ` WHERE id = $1` // as they spell it
	result := p.conn.ExecParams(limited, query, [][]byte{[]byte(theirs), since}, nil, nil, nil).Read()
	for _, row := range result.Rows {
		seen[string(row[0])] = true
	}
	return result.Err
}

// value is the only value of a query's only row.
func (p *publisher) value(ctx context.Context, query string, args ...[]byte) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	result := p.conn.ExecParams(limited, query, args, nil, nil, nil).Read()
	if result.Err != nil {
		return nil, result.Err
	}
	return result.Rows[0][0], nil
}
