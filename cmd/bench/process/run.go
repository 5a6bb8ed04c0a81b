package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Run runs a program to its end; what it printed is in the error if it failed.
func Run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = withoutSettings(os.Environ())
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, output)
	}
	return nil
}
