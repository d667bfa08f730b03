package firewall

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrImpossible is that the kernel lacks what tables are made of, or lets this process make none. That does not pass.
var ErrImpossible = errors.New("nftables cannot be used")

// Try asks whether tables can be made, in a network namespace or, with nil, in that of the thread. The kernel is given
// them in a transaction that it has to refuse in the end, so nothing comes of it. The answer is nil if they can; an
// error that is not ErrImpossible says nothing. It takes as long as others change the ruleset: the kernel holds up
// whoever sends.
func Try(space *os.File, w Wanted) <-chan error {
	answer := make(chan error, 1)
	go func() {
		k := newNFT(space)
		answer <- errors.Join(k.try(w.tables()), k.close())
	}()
	return answer
}

// try makes tables without elements, and the last of them once more as if it were not there, which is refused.
func (k *nft) try(tables []table) error {
	if len(tables) == 0 {
		return nil
	}
	err := k.open()
	for _, t := range tables {
		if err == nil {
			err = errors.Join(k.put(step{do: unmake, table: t.shape}), k.put(step{do: create, table: t.shape}))
		}
	}
	if err == nil {
		k.conn.CreateTable(kernelTable(tables[len(tables)-1].shape))
		err = k.conn.Flush()
	}
	return refusal(err)
}

// refusal says what the answer to a transaction means whose last message is refused: of many answers the first counts.
func refusal(answer error) error {
	err := plain(answer)
	switch err {
	case unix.EEXIST:
		return nil
	case nil:
		return errors.New("try nftables: what is there already was made once more")
	case unix.EOPNOTSUPP, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT, unix.EINVAL, unix.ENOENT, unix.EPERM:
		return fmt.Errorf("%w: %w", ErrImpossible, err)
	}
	return fmt.Errorf("try nftables: %w", err)
}
