namespace Slipway.ApiGen;

/// <summary>One run over the package and the tables: what to commit (by path below <c>src/Api</c>), and what the tables do not cover.</summary>
public sealed record Generation(IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Gaps)
{
    /// <summary>Reads the package and the tables that lie beside the program.</summary>
    public static Generation Run()
    {
        var facts = Facts.Read(Path.Combine(AppContext.BaseDirectory, "facts"));
        var models = PackageModels.Read(Path.Combine(AppContext.BaseDirectory, "KubernetesClient.Aot.xml"));
        var join = ModelJoin.Of(facts, models);
        var kinds = new KindDefinitions(XmlTexts.Read(Path.Combine(AppContext.BaseDirectory, "Slipway.Api.xml"), "Slipway.Api.Kinds."));
        return join.Gaps.Count > 0 ? new(new Dictionary<string, string>(), join.Gaps) : new(GeneratedFiles.Of(facts, join, kinds.All()), join.Gaps);
    }
}
