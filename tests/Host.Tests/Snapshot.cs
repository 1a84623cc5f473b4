using System.Runtime.CompilerServices;

namespace Slipway.Host;

/// <summary>Texts that are checked in. With UPDATE_SNAPSHOTS=1 in the environment they are written anew, to be reviewed as a diff.</summary>
internal static class Snapshot
{
    public static void Matches(string name, string actual, [CallerFilePath] string test = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(test)!, "Snapshots", name);
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }
        Assert.True(File.Exists(file), $"{file} does not exist; write it by running the test with UPDATE_SNAPSHOTS=1");
        Assert.Equal(File.ReadAllText(file), actual);
    }
}
