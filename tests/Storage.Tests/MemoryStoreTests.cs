using Slipway.Storage.Tests.Contract;

namespace Slipway.Storage.Tests;

public sealed class MemoryStoreTests : StoreContract
{
    protected override bool IsOnDisk => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new MemoryStore());
}
