using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Node.Linux;

namespace Slipway.Node.Containerd;

/// <summary>Finds out what the machine asks of containerd's configuration.</summary>
internal static partial class ContainerdMachineProbe
{
    private const int CapSysResource = 24;

    public static async Task<ContainerdMachine> RunAsync(ContainerdOptions options, CancellationToken cancellation) => new(
        await MajorVersionAsync(options, cancellation),
        Snapshotter(options),
        RestrictOomScore: !HasCapability(File.ReadAllText("/proc/self/status"), CapSysResource),
        AppArmor: File.Exists("/sys/kernel/security/apparmor/profiles"));

    /// <summary>The snapshotter that keeps layers of images.</summary>
    public static string Snapshotter(ContainerdOptions options) => CanMountOverlay(options.Root) ? "overlayfs" : "native";

    /// <summary>Full path of a program: itself when it is a path, otherwise the first in PATH.</summary>
    public static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return File.Exists(program) ? program : null;
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
        return directories.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
    }

    internal static bool HasCapability(string procStatus, int capability)
    {
        var line = procStatus.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return line is not null
            && ulong.TryParse(line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits)
            && (bits >> capability & 1) == 1;
    }

    internal static int ParseMajorVersion(string output) =>
        VersionPattern().Match(output) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 1;

    // Asking the binary costs a start of it, so the answer is kept for as long as the binary is the same.
    private static async Task<int> MajorVersionAsync(ContainerdOptions options, CancellationToken cancellation)
    {
        var path = Find(options.ContainerdPath)
            ?? throw new FileNotFoundException($"containerd was not found as \"{options.ContainerdPath}\"; install it (Debian, Ubuntu: apt-get install containerd).");
        var file = new FileInfo(path);
        var identity = $"{path} {file.Length} {file.LastWriteTimeUtc.Ticks}";
        var cache = Path.Combine(options.Root, "slipway-containerd-version");
        if (File.Exists(cache) && (await File.ReadAllLinesAsync(cache, cancellation)) is [var of, var known, ..] && of == identity)
            return int.Parse(known, CultureInfo.InvariantCulture);

        using var process = Process.Start(new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        var major = ParseMajorVersion(output);
        await File.WriteAllTextAsync(cache, $"{identity}\n{major}\n", cancellation);
        return major;
    }

    private static readonly Lock Trying = new();

    // Only a trial tells: the file system may itself be an overlay, or the kernel may lack the module. Always in the same place, so
    // that the next trial removes what one left that was killed.
    private static bool CanMountOverlay(string root)
    {
        var trial = Path.Combine(root, "overlay-trial");
        string Part(string name) => Directory.CreateDirectory(Path.Combine(trial, name)).FullName;
        lock (Trying)
        {
            try
            {
                Remove();
                var (lower, upper, work, merged) = (Part("lower"), Part("upper"), Part("work"), Part("merged"));
                Syscalls.Mount("overlay", merged, "overlay", 0, $"lowerdir={lower},upperdir={upper},workdir={work}");
                return true;
            }
            catch (Win32Exception)
            {
                return false;
            }
            finally
            {
                Remove();
            }
        }

        void Remove()
        {
            MountTable.UnmountBelow(trial);
            TreeRemoval.Remove(trial);
        }
    }

    [GeneratedRegex(@"\bv?(\d+)\.\d+\.\d+")]
    private static partial Regex VersionPattern();
}
