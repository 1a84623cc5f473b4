using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Slipway.Node.Cri;
using Slipway.Node.Linux;

namespace Slipway.Node.Containerd;

/// <summary>
/// A private containerd: written its configuration, started detached in a cgroup of its own (or adopted when it
/// still runs), and started again when it dies. It outlives this process unless <see cref="StopAsync"/> is called.
/// </summary>
public sealed class ContainerdProcess(ContainerdOptions options, TimeProvider clock, ILoggerFactory logs) : IAsyncDisposable
{
    private static readonly TimeSpan MaxRestartDelay = TimeSpan.FromSeconds(10);
    // A shim that is being started needs a fraction of it.
    private static readonly TimeSpan ShimPatience = TimeSpan.FromSeconds(5);

    private const long LongestLog = 16 << 20;

    private readonly ILogger _log = logs.CreateLogger<ContainerdProcess>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Cgroup _cgroup = new($"{options.CgroupRoot}/containerd", CgroupHierarchy.OfThisMachine());
    private Task _supervision = Task.CompletedTask;
    private Task _sweep = Task.CompletedTask;

    /// <summary>Process id of the containerd that runs now.</summary>
    public int ProcessId { get; private set; }

    /// <summary>
    /// Adopts the containerd that still runs, or starts one; returns when its CRI answers, and supervises it from then on.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no containerd binary.</exception>
    /// <exception cref="InvalidOperationException">It did not come up; the message quotes its log.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await EnsureAsync(cancellation);
        await AwaitCriAsync(cancellation);
        _supervision = SuperviseAsync(_stopping.Token);
    }

    /// <summary>Ends containerd and the supervision of it. Containers go on running under their shims.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await ReleaseAsync();
        if (await FindRunningAsync(cancellation) is not { } pid)
            return;
        Syscalls.Kill(pid, Syscalls.SigTerm);
        var deadline = clock.GetTimestamp();
        while (IsOurs(pid))
        {
            if (clock.GetElapsedTime(deadline) > TimeSpan.FromSeconds(5))
                Syscalls.Kill(pid, Syscalls.SigKill);
            await Task.Delay(TimeSpan.FromMilliseconds(2), clock, cancellation);
        }
    }

    /// <summary>Ends the supervision; containerd goes on running.</summary>
    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        _stopping.Dispose();
    }

    private async Task ReleaseAsync()
    {
        if (!_stopping.IsCancellationRequested)
            await _stopping.CancelAsync();
        await _supervision;
        await _sweep;
    }

    private async Task EnsureAsync(CancellationToken cancellation)
    {
        if (await FindRunningAsync(cancellation) is { } running)
        {
            ProcessId = running;
            _log.LogInformation("Adopted containerd, process {Pid}", running);
        }
        else
        {
            await LaunchAsync(cancellation);
        }
        _sweep = Task.WhenAll(_sweep, EndForgottenShimsAsync(_stopping.Token));
    }

    // Whoever runs in the cgroup holds the database, and no second one would get it: also one that a server has started which was killed
    // before it could say so. What does not answer for long is ended.
    private async Task<int?> FindRunningAsync(CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        while (_cgroup.Processes().Where(IsOurs).Cast<int?>().FirstOrDefault() is { } pid)
        {
            if (await AnswersAsync(cancellation))
                return pid;
            if (clock.GetElapsedTime(began) > options.StartTimeout)
                Syscalls.Kill(pid, Syscalls.SigKill);
            await Task.Delay(TimeSpan.FromMilliseconds(2), clock, cancellation);
        }
        return null;
    }

    // Its arguments tell. An ended child is a zombie with none.
    private bool IsOurs(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(options.ConfigFile, StringComparison.Ordinal);
        }
        catch (IOException) { return false; }
    }

    private async Task LaunchAsync(CancellationToken cancellation)
    {
        foreach (var directory in new[] { options.Root, options.State, Path.GetDirectoryName(options.Socket)!, Path.GetDirectoryName(options.LogFile)! })
            Directory.CreateDirectory(directory);
        var machine = await ContainerdMachineProbe.RunAsync(options, cancellation);
        await File.WriteAllTextAsync(options.ConfigFile, ContainerdConfiguration.Write(options, machine), cancellation);
        File.Delete(options.Socket);
        File.Delete(options.Socket + ".ttrpc");
        foreach (var directory in new[] { options.State, options.Root })
            ForgottenTask.RemoveHalfRemoved(directory);
        _cgroup.Create();
        if (new FileInfo(options.LogFile) is { Exists: true, Length: > LongestLog })
            File.Move(options.LogFile, options.LogFile + ".old", overwrite: true);

        var started = clock.GetTimestamp();
        using var process = Spawn(ContainerdMachineProbe.Find(options.ContainerdPath)!);
        while (!await AnswersAsync(cancellation))
        {
            if (process.HasExited || clock.GetElapsedTime(started) > options.StartTimeout)
                throw new InvalidOperationException(
                    $"containerd {(process.HasExited ? $"ended with code {process.ExitCode}" : "does not answer")}; its log {options.LogFile} says: {LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(1), clock, cancellation);
        }
        ProcessId = process.Id;
        _log.LogInformation("Started containerd, process {Pid}, in {Elapsed} ms", process.Id, (int)clock.GetElapsedTime(started).TotalMilliseconds);
    }

    // What the containerd of before was starting when it was killed comes up a moment later, and nobody knows of it.
    private async Task EndForgottenShimsAsync(CancellationToken cancellation)
    {
        await Task.Delay(ShimPatience, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellation.IsCancellationRequested)
            return;
        try
        {
            foreach (var sandbox in ForgottenTask.EndShims(options.State, _cgroup.Processes()))
                _log.LogWarning("The shim of sandbox {Sandbox} was left behind by a containerd that was killed; it has been ended", sandbox);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _log.LogWarning("Shims that a containerd left behind when it was killed could not be ended: {Cause}", failure.Message);
        }
    }

    // The shell enters the cgroups and the new session before containerd exists, so that no shim can miss them,
    // and exec keeps the process id.
    private Process Spawn(string containerd)
    {
        var script = string.Join('\n', _cgroup.ProcessFiles.Select(f => $"echo $$ > '{f}'"))
            + "\nexec setsid \"$0\" --config \"$1\" </dev/null >>\"$2\" 2>&1";
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        foreach (var argument in new[] { "-c", script, containerd, options.ConfigFile, options.LogFile })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private async ValueTask<bool> AnswersAsync(CancellationToken cancellation)
    {
        if (!File.Exists(options.Socket))
            return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(options.Socket), cancellation);
            return true;
        }
        catch (SocketException) { return false; }
    }

    // The socket is there a moment before the CRI behind it has been initialized.
    private async Task AwaitCriAsync(CancellationToken cancellation)
    {
        using var cri = new CriClient(options.Socket);
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await cri.Runtime.StatusAsync(new(), cancellationToken: cancellation);
                return;
            }
            catch (RpcException refusal) when (!cancellation.IsCancellationRequested)
            {
                if (clock.GetElapsedTime(started) > options.StartTimeout)
                    throw new InvalidOperationException($"containerd's CRI does not answer ({refusal.Status.Detail}); its log {options.LogFile} says: {LogTail()}");
                await Task.Delay(TimeSpan.FromMilliseconds(2), clock, cancellation);
            }
        }
    }

    private async Task SuperviseAsync(CancellationToken cancellation)
    {
        var delay = TimeSpan.Zero;
        try
        {
            while (true)
            {
                var since = clock.GetTimestamp();
                await DeathAsync(cancellation);
                delay = clock.GetElapsedTime(since) > TimeSpan.FromMinutes(1) ? TimeSpan.Zero : delay;
                _log.LogWarning("containerd, process {Pid}, has died; starting it again in {Delay} ms", ProcessId, (int)delay.TotalMilliseconds);
                await Task.Delay(delay, clock, cancellation);
                delay = delay == TimeSpan.Zero ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, MaxRestartDelay.Ticks));
                try
                {
                    await EnsureAsync(cancellation);
                }
                catch (Exception failure) when (failure is InvalidOperationException or IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException)
                {
                    _log.LogError("containerd did not start: {Reason}", failure.Message);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
    }

    // A connection that nobody writes to ends when the process does, at once and for adopted processes too.
    private async Task DeathAsync(CancellationToken cancellation)
    {
        var buffer = new byte[1];
        while (true)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(options.Socket + ".ttrpc"), cancellation);
                await socket.ReceiveAsync(buffer, cancellation);
            }
            catch (SocketException) { }
            if (!IsOurs(ProcessId))
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellation);
        }
    }

    // What went wrong first, in the newest start that the log tells of.
    private string LogTail()
    {
        if (!File.Exists(options.LogFile))
            return "(empty)";
        var newest = File.ReadLines(options.LogFile).Aggregate(new List<string>(), (lines, line) =>
        {
            if (line.Contains("msg=\"starting containerd\"", StringComparison.Ordinal))
                lines.Clear();
            lines.Add(line);
            return lines;
        });
        var faults = newest.Where(l => !l.Contains("level=info", StringComparison.Ordinal)).Take(3).ToList();
        return string.Join(" | ", faults.Count > 0 ? faults : newest.TakeLast(3));
    }
}
