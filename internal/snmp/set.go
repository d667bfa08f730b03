package snmp

import (
	"context"
	"time"

	"holdfast/internal/agentx"
	"holdfast/internal/mib"
	"holdfast/internal/override"
)

// orderTime is how long the daemon may take to do what was set, which is less than a master agent waits.
const orderTime = 3 * time.Second

// A setting is a set that is under way, from its test to its cleanup: what was asked for, and how much of it is done.
type setting struct {
	transaction uint32
	changes     []mib.Change
	done        int
}

// sets answers a request that changes something, nil for one that wants no answer.
func (s *subagent) sets(ctx context.Context, session *agentx.Session, p *agentx.PDU) []byte {
	err, index := agentx.NoError, 0
	switch p.Kind {
	case agentx.KindTestSet:
		err, index = s.testSet(ctx, p)
	case agentx.KindCommitSet:
		err, index = s.commitSet(ctx, p)
	case agentx.KindUndoSet:
		err, index = s.undoSet(ctx)
	default:
		s.setting = nil
		return nil
	}
	return session.Reply(p, nil, err, index)
}

func (s *subagent) testSet(ctx context.Context, p *agentx.PDU) (agentx.Error, int) {
	tree := s.view.tree(ctx)
	s.setting = nil
	wanted := &setting{transaction: p.Transaction}
	for n, v := range p.VarBinds {
		c, err := tree.Write(v.Name, v.Value)
		if err != agentx.NoError {
			return err, n + 1
		}
		wanted.changes = append(wanted.changes, c)
	}
	s.setting = wanted
	return agentx.NoError, 0
}

func (s *subagent) commitSet(ctx context.Context, p *agentx.PDU) (agentx.Error, int) {
	if s.setting == nil || s.setting.transaction != p.Transaction {
		return agentx.CommitFailed, 0
	}
	for n, c := range s.setting.changes {
		if !s.order(ctx, c.Do) {
			return agentx.CommitFailed, n + 1
		}
		s.setting.done = n + 1
	}
	return agentx.NoError, 0
}

// undoSet takes back what was done, the last first.
func (s *subagent) undoSet(ctx context.Context) (agentx.Error, int) {
	if s.setting == nil {
		return agentx.NoError, 0
	}
	for n := s.setting.done - 1; n >= 0; n-- {
		if !s.order(ctx, s.setting.changes[n].Undo) {
			return agentx.UndoFailed, n + 1
		}
	}
	s.setting = nil
	return agentx.NoError, 0
}

// order has the daemon do something, and reports whether it has.
func (s *subagent) order(ctx context.Context, r override.Request) bool {
	ctx, cancel := context.WithTimeout(ctx, orderTime)
	defer cancel()
	_, refused, err := s.source.Override(ctx, r)
	s.view.outdate()
	if refused != nil {
		s.log.Warn("SNMP: a value cannot be set: " + refused.Error())
	}
	return refused == nil && err == nil
}
