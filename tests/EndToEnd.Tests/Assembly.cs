using EndToEnd.Tests;
using Xunit.Sdk;
using Xunit.v3;

// One cluster for all. Tests wait more than they compute, so that some run beside each other on it.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 4)]
[assembly: AssemblyFixture(typeof(ClusterFixture))]

namespace EndToEnd.Tests;

/// <summary>Tests with nothing beside them: they stop the server or the node that all share, remove what they did not make, or look at the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTestGroup
{
    public const string Name = "alone";
}
