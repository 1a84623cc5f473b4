using System.Text;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Fuzzing.Generators;

/// <summary>Creates and updates with documents that are wrong: what they say, or how they are written.</summary>
internal static class Bodies
{
    public static Draft Next(Random random)
    {
        var type = Corpus.Kind(random);
        var document = Corpus.Document(random, type);
        if (!random.OneIn(8)) document = Mutation.Mutated(random, document);

        var draft = random.Next(6) switch
        {
            0 or 1 or 2 => new Draft("POST", Corpus.Collection(random, type)),
            3 or 4 => new Draft("PUT", Corpus.Object(random, type)),
            _ => new Draft("PUT", Corpus.Object(random, type) + Corpus.Subresource(random, type)),
        };
        if (random.OneIn(3)) draft = draft.With(Queries.Parameter(random));
        if (random.OneIn(3)) draft = draft.With("fieldValidation=" + random.Pick(["Strict", "Warn", "Ignore"]));
        return Written(random, draft, document);
    }

    /// <summary>A draft with a document as its body, in JSON or YAML, some of them spoilt.</summary>
    public static Draft Written(Random random, Draft draft, System.Text.Json.Nodes.JsonObject document)
    {
        var isSpoilt = random.OneIn(4);
        if (random.OneIn(4))
        {
            var yaml = DocumentWriter.ToYaml(document);
            return draft.With(isSpoilt ? Spoiling.Yaml(random, yaml) : Encoding.UTF8.GetBytes(yaml), MediaTypes.Yaml);
        }
        var json = document.ToJsonString();
        return draft.With(isSpoilt ? Spoiling.Json(random, json) : Encoding.UTF8.GetBytes(json));
    }
}
