using System.Diagnostics;
using Slipway.Cli;
using Slipway.Network;

namespace Slipway.Host.Images;

/// <summary>Builds images with buildah, in a storage of the cluster's own, so that nothing is left when the cluster goes.</summary>
/// <param name="storage">Directory for layers, kept for the next build.</param>
/// <param name="runtime">Directory for what a reboot may forget.</param>
internal sealed class Buildah(string storage, string runtime)
{
    /// <summary>Builds an image; buildah's own messages go to this process's standard error.</summary>
    /// <returns>The id of the image (the digest of its configuration).</returns>
    /// <exception cref="CommandException">The build failed.</exception>
    public async Task<string> BuildAsync(string tag, string? dockerfile, string directory, CancellationToken cancellation)
    {
        Directory.CreateDirectory(runtime);
        var idFile = Path.Combine(runtime, $"image-{Guid.NewGuid():n}");
        try
        {
            // chroot isolation needs neither a runtime nor user namespaces; the docker format keeps the id that the archive has.
            List<string> arguments = ["build", "--isolation", "chroot", "--layers", "--format", "docker", "--timestamp", "0", "--tag", tag, "--iidfile", idFile];
            if (dockerfile is not null) arguments.AddRange(["--file", dockerfile]);
            arguments.Add(directory);
            await RunAsync(arguments, $"build {tag}", cancellation);
            return (await File.ReadAllTextAsync(idFile, cancellation)).Trim();
        }
        finally
        {
            File.Delete(idFile);
        }
    }

    /// <summary>Writes a built image into a docker archive.</summary>
    public Task SaveAsync(string id, string tag, string archive, CancellationToken cancellation) =>
        RunAsync(["push", "--quiet", id, $"docker-archive:{archive}:{tag}"], $"write {tag} into an archive", cancellation);

    private async Task RunAsync(IReadOnlyList<string> arguments, string attempt, CancellationToken cancellation)
    {
        var program = ExternalProgram.Find("buildah") ?? throw new CommandException("buildah is not installed; run: apt-get install --no-remove buildah");
        // Its standard output is the build's: of no use to who reads this command's output.
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" \"$@\" >&2", program, "--root", storage, "--runroot", Path.Combine(runtime, "buildah"), "--storage-driver", Driver } };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            await process.WaitForExitAsync(CancellationToken.None);   // Ctrl-C reached it too; it tidies up its mounts
            throw;
        }
        if (process.ExitCode != 0) throw new CommandException($"buildah could not {attempt} (exit code {process.ExitCode}); its messages are above");
    }

    // Copies whole layers, but works on any file system, also inside containers.
    private const string Driver = "vfs";
}
