namespace Slipway.Cli.Artifacts;

/// <summary>The desktop that somebody works at, if there is one.</summary>
internal static class Desktop
{
    /// <summary>The program that opens a file as a double click does; null where nobody would see it.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    public static string? Opener(Func<string, string?> variable)
    {
        if (OperatingSystem.IsMacOS())
            return "/usr/bin/open";
        if (string.IsNullOrEmpty(variable("DISPLAY")) && string.IsNullOrEmpty(variable("WAYLAND_DISPLAY")))
            return null;
        return (variable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.Combine(directory, "xdg-open")).FirstOrDefault(File.Exists);
    }
}
