using System.Runtime.CompilerServices;
using Slipway.ApiCoverage;

namespace Slipway.ApiServer.Tests.Kinds;

public sealed class CoverageTests
{
    [Fact]
    public void The_committed_document_is_what_the_program_writes() =>
        Assert.True(File.ReadAllText(Committed()) == CoverageDocument.Text(), $"docs/{CoverageDocument.FileName} differs: run tools/ApiCoverage and commit");

    private static string Committed([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs", CoverageDocument.FileName));
}
