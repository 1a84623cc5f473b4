namespace Slipway.Node.Runtime;

/// <summary>Whether the machine has been started anew since the node last ran: then nothing runs any more.</summary>
internal static class BootId
{
    /// <summary>Compares with what was saved, and saves the present one.</summary>
    public static bool HasChanged(string file, string current = "/proc/sys/kernel/random/boot_id")
    {
        var now = File.ReadAllText(current).Trim();
        var before = File.Exists(file) ? File.ReadAllText(file).Trim() : now;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, now);
        return before != now;
    }
}
