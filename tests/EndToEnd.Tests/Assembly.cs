using EndToEnd.Tests;
using Xunit.Sdk;
using Xunit.v3;

// One cluster for all, and one test at a time: some of them kill its server.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(ClusterFixture))]
