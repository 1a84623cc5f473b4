namespace Slipway.Fuzzing.Generators;

/// <summary>Watches with good and bad parameters, which the client leaves after a moment.</summary>
internal static class Watches
{
    private static readonly string[] Accepts =
        ["application/json", "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "application/yaml"];

    public static Draft Next(Random random)
    {
        var type = random.Pick(Corpus.Types);
        var target = random.Next(4) switch
        {
            0 => Corpus.Collection(type, ""),
            1 => Corpus.Object(random, type),
            2 => $"/api/v1/watch/{random.Pick(["pods", "namespaces/fuzz-a/pods", "namespaces/fuzz-a/pods/minimal", "nodes", ""])}",
            _ => Corpus.Collection(random, type),
        };
        var draft = new Draft("GET", target).With("watch=" + random.Pick(["true", "1", "true", "yes"]));
        if (random.OneIn(2)) draft = draft.With("allowWatchBookmarks=true");
        if (random.OneIn(3)) draft = draft.With("sendInitialEvents=true").With("resourceVersionMatch=NotOlderThan");
        if (random.OneIn(2)) draft = draft.With("timeoutSeconds=1");
        for (var i = random.Few(0, 3); i > 0; i--) draft = draft.With(Queries.Parameter(random));
        return draft.With("Accept", random.Pick(Accepts));
    }
}
