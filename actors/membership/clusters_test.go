package membership

import (
	"sync"
	"testing"
)

// TestClusters runs beside each other what waits for failures to be found, and for
// deadlines: each behaviour in a cluster of its own.
func TestClusters(t *testing.T) {
	behaviours := []struct {
		name string
		test func(t *testing.T, f *fixture)
	}{
		{"frozen process is evicted, and welcome back", frozenProcessIsEvictedAndWelcomeBack},
		{"silent connections are closed", silentConnectionsAreClosed},
		{"spoofed datagrams end nobody", spoofedDatagramsEndNobody},
		{"killed node is evicted and lost", killedNodeIsEvictedAndLost},
		{"node that says goodbye is not lost", nodeThatSaysGoodbyeIsNotLost},
		{"restart at another address is welcome once the old one is dead", restartAtAnotherAddressIsWelcomeOnceTheOldOneIsDead},
		{"node that does not fit is refused", nodeThatDoesNotFitIsRefused},
		{"healed split is one again", healedSplitIsOneAgain},
		{"split so long that memberlist forgot is one again", longSplitIsOneAgain},
		{"two of a name go on, and are named when the split heals", twoOfANameGoOnAndAreNamedWhenTheSplitHeals},
		{"frozen process that was replaced is named", frozenProcessThatWasReplacedIsNamed},
	}
	awaitEnd(t)
	starting := new(sync.Mutex)
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.test(t, &fixture{t: t, log: logTo(t), starting: starting})
		})
	}
}
