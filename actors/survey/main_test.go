package survey

import (
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
)

func TestMain(m *testing.M) { actorstest.Main(m) }
