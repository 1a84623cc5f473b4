using Slipway.ApiCoverage;

// Usage: ApiCoverage [repository root]. Writes docs/api-coverage.md.
var docs = Path.Combine(args.FirstOrDefault() ?? Directory.GetCurrentDirectory(), "docs");
if (!Directory.Exists(docs))
{
    Console.Error.WriteLine($"{docs} is not there: name the root of the repository");
    return 2;
}
File.WriteAllText(Path.Combine(docs, CoverageDocument.FileName), CoverageDocument.Text());
return 0;
