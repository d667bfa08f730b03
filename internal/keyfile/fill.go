package keyfile

import (
	"fmt"

	"holdfast/config"
)

// Fill puts the keys that are in files into instances that nobody uses yet (semantics 2.14). Each reload reads them
// anew, and nothing else does: a process that is started again after a crash gets the keys that were in force,
// whatever has become of the files. Its error names the place, the instance and the key.
func Fill(instances []config.Instance) error {
	for n := range instances {
		i := &instances[n]
		for j := range i.HMAC.Keys {
			k := &i.HMAC.Keys[j]
			if k.File == "" {
				continue
			}
			secret, err := Read(k.File)
			if err != nil {
				return fmt.Errorf("%v: (%s) auth_hmac key %d: %w", i.Pos, i.Name, k.ID, err)
			}
			k.Text = secret
		}
	}
	return nil
}
