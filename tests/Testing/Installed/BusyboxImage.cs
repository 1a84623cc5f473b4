namespace Slipway.Testing;

/// <summary>A small image for containers that do little: a static busybox and nothing else.</summary>
public static class BusyboxImage
{
    /// <summary>Its name in the cluster.</summary>
    public const string Name = "slipway.local/busybox:1";

    /// <summary>Builds it into the cluster of <paramref name="slipway"/>.</summary>
    public static async Task BuildAsync(SlipwayCli slipway)
    {
        var context = Directory.CreateDirectory(Path.Combine(slipway.Home, "busybox")).FullName;
        var bin = Directory.CreateDirectory(Path.Combine(context, "root", "bin")).FullName;
        File.Copy(Repository.Require("/bin/busybox"), Path.Combine(bin, "busybox"), overwrite: true);
        foreach (var program in new[] { "sh", "true", "false", "sleep", "echo", "cat", "cp", "date", "test", "dd", "head", "tail", "seq", "id", "ls", "kill" })
            File.CreateSymbolicLink(Path.Combine(bin, program), "busybox");
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), "FROM scratch\nCOPY root/ /\nENV PATH=/bin\n");
        (await slipway.RunAsync("image", "build", "-t", Name, context)).Expect();
    }
}
