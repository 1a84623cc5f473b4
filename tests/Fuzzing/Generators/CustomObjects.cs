using System.Text.Json.Nodes;

namespace Slipway.Fuzzing.Generators;

/// <summary>Custom resources against the definitions of the stage, and against those that the fuzzer itself has made.</summary>
internal static class CustomObjects
{
    private const string Odd = "/apis/odd.example.com/v1";

    public static Draft Next(Random random)
    {
        var type = random.Pick(StageDefinitions.Types);
        if (random.OneIn(5)) return OfOddKind(random);
        if (random.OneIn(5)) return new Draft(random.Pick(["GET", "DELETE"]), random.OneIn(2) ? Corpus.Collection(random, type) : Corpus.Object(random, type)).With(Queries.Parameter(random))
            .With("Accept", random.Pick(["application/json", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/yaml", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"]));

        var target = Corpus.Object(random, type) + (random.OneIn(6) ? Corpus.Subresource(random, type) : "");
        var document = StageDefinitions.Example(type);
        if (random.OneIn(2)) return PatchBodies.Of(random, new Draft("PATCH", target), () => document);
        var draft = random.OneIn(2) ? new Draft("POST", Corpus.Collection(random, type)) : new Draft("PUT", target);
        return Bodies.Written(random, draft, random.OneIn(8) ? document : Mutation.Mutated(random, document));
    }

    private static Draft OfOddKind(Random random)
    {
        var plural = random.Pick(["gears", "cogs", "wheels"]);
        var collection = random.OneIn(2) ? $"{Odd}/{plural}" : $"{Odd}/namespaces/fuzz-a/{plural}";
        if (random.OneIn(4)) return new Draft("GET", collection).With(Queries.Parameter(random));
        var document = new JsonObject { ["apiVersion"] = "odd.example.com/v1", ["kind"] = plural.ToUpperInvariant(), ["metadata"] = new JsonObject { ["name"] = random.Pick(Vocabulary.Names) } };
        foreach (var name in "abc") document[name.ToString()] = Mutation.Value(random);
        return Bodies.Written(random, new Draft("POST", collection), document);
    }
}
