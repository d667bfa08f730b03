package healthcheck

import (
	"os"
	"testing"

	"holdfast/internal/runas"
)

func TestMain(m *testing.M) {
	runas.ExecIfChild()
	os.Exit(m.Run())
}
