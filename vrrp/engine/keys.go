package engine

import (
	"fmt"

	"holdfast/config"
	"holdfast/internal/keyfile"
)

// readKeys puts the keys that are in files into a configuration that nobody uses yet (semantics 2.14). Each reload
// reads them anew.
func readKeys(instances []config.Instance) error {
	for n := range instances {
		i := &instances[n]
		for j := range i.HMAC.Keys {
			k := &i.HMAC.Keys[j]
			if k.File == "" {
				continue
			}
			secret, err := keyfile.Read(k.File)
			if err != nil {
				return fmt.Errorf("%v: (%s) auth_hmac key %d: %w", i.Pos, i.Name, k.ID, err)
			}
			k.Text = secret
		}
	}
	return nil
}
