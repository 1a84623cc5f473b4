using System.Runtime.InteropServices;
using Slipway.Cli;
using Slipway.Host;

// The roles of this binary: "slipway server" is a cluster; every other command is a client of one, or starts and ends one.
using var interrupt = new CancellationTokenSource();
void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;   // the program ends by itself, after it has tidied up
    interrupt.Cancel();
}
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var context = new CliContext
{
    In = Console.OpenStandardInput(),
    Out = Console.Out,
    Error = Console.Error,
    // A terminal that cannot move its cursor, as of editors and notebooks, gets lines.
    IsTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
    Clock = TimeProvider.System,
    Connect = KubeconfigFile.Connect,
};
return await CommandLineProgram.RunAsync(SlipwayCommand.Create(context), args, context, interrupt.Token);
