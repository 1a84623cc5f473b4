using System.Runtime.CompilerServices;
using Slipway.ApiGen;

namespace Slipway.Api.Tests.Schemas;

public sealed class GenerationTests
{
    [Fact]
    public void FactsAndPackageCoverEachOther() => Assert.Empty(Generation.Run().Gaps);

    [Fact]
    public void CommittedFilesAreWhatTheGeneratorWrites()
    {
        var generation = Generation.Run();
        var committed = Directory.GetFiles(Folder()).ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        Assert.Equal(generation.Files.Keys, committed.Keys.Order(StringComparer.Ordinal));
        Assert.All(generation.Files, file => Assert.True(committed[file.Key] == file.Value, $"{file.Key} differs: run tools/ApiGen and commit"));
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Api/Schemas/Generated"));
}
