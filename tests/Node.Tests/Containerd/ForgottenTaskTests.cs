using System.Diagnostics;
using Slipway.Node.Containerd;

namespace Slipway.Node.Tests.Containerd;

public sealed class ForgottenTaskTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-shim-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void A_shim_without_a_sandbox_ends_with_all_that_it_had_and_others_go_on()
    {
        var state = Path.Combine(_home, "state");
        var (forgotten, other) = (Guid.NewGuid().ToString("n"), Guid.NewGuid().ToString("n"));
        var work = Directory.CreateDirectory(Path.Combine(_home, "work", forgotten)).FullName;
        var bundle = Bundle(state, forgotten);
        Directory.CreateSymbolicLink(Path.Combine(bundle, "work"), work);
        var socket = Path.Combine(_home, "socket");
        File.WriteAllText(socket, "");
        File.WriteAllText(Path.Combine(bundle, "address"), $"unix://{socket}");
        Bundle(state, other);
        using var shim = Start(forgotten);
        using var living = Start(other);

        // A container's directory names the shim of its sandbox, which has others.
        var container = Bundle(state, "container");
        File.WriteAllText(Path.Combine(container, "address"), $"unix://{socket}");
        Assert.True(ForgottenTask.RemoveContainer(state, "container"));
        Assert.True(File.Exists(socket) && !Directory.Exists(container) && !shim.HasExited);

        Assert.True(ForgottenTask.RemoveSandbox(state, forgotten));

        Assert.True(shim.WaitForExit(TimeSpan.FromSeconds(5)));
        Assert.False(living.HasExited);
        Assert.Equal([other], Directory.GetDirectories(Path.Combine(state, "io.containerd.runtime.v2.task", "k8s.io")).Select(Path.GetFileName));
        Assert.False(Directory.Exists(work) || File.Exists(socket));
        living.Kill();
    }

    [Fact]
    public void Nothing_is_done_where_containerd_has_removed_all_or_the_state_is_not_known()
    {
        var id = Guid.NewGuid().ToString("n");
        using var shim = Start(id);
        Assert.False(ForgottenTask.RemoveSandbox(Path.Combine(_home, "state"), id));
        Assert.False(ForgottenTask.RemoveSandbox("", id));
        Assert.False(shim.HasExited);
        shim.Kill();
    }

    [Fact]
    public void A_shim_that_came_too_late_for_its_sandbox_ends_and_others_go_on()
    {
        var state = Path.Combine(_home, "state");
        var (late, other) = (Guid.NewGuid().ToString("n"), Guid.NewGuid().ToString("n"));
        Bundle(state, other);
        using var shim = Start(late);
        using var living = Start(other);
        using var none = Process.Start(new ProcessStartInfo("/bin/sleep", ["60"]))!;

        Assert.Equal([late], ForgottenTask.EndShims(state, [shim.Id, living.Id, none.Id, int.MaxValue]));

        Assert.True(shim.WaitForExit(TimeSpan.FromSeconds(5)));
        Assert.False(living.HasExited || none.HasExited);
        living.Kill();
        none.Kill();
    }

    [Fact]
    public void Removals_that_were_interrupted_are_completed()
    {
        var (half, whole) = (Bundle(_home, ".half"), Bundle(_home, "whole"));
        File.WriteAllText(Path.Combine(half, "config.json"), "{}");
        ForgottenTask.RemoveHalfRemoved(_home);
        ForgottenTask.RemoveHalfRemoved(Path.Combine(_home, "absent"));
        Assert.Equal((false, true), (Directory.Exists(half), Directory.Exists(whole)));
    }

    private static string Bundle(string state, string id) => Directory.CreateDirectory(Path.Combine(state, "io.containerd.runtime.v2.task", "k8s.io", id)).FullName;

    // A process with the arguments of a shim, which waits for input that does not come.
    private static Process Start(string id)
    {
        var process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", "exec -a containerd-shim-runc-v2 bash -c 'echo begun; read' bash -namespace k8s.io -id \"$0\"", id])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("begun", process.StandardOutput.ReadLine()); // before that it has the arguments of the shell that starts it
        return process;
    }
}
